/** A file server over real HTTP whose every answer a test writes out; it records what was asked. */
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

export interface FileServer extends AsyncDisposable {
  url: (path: string) => string;
  asked: IncomingHttpHeaders[];
}

/** An HTTP proxy that answers itself; it is asked with whole URLs. */
export async function proxyServer(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `answer` gets the headers of request `count` (1, 2, …). */
export async function fileServer(
  answer: (response: ServerResponse, count: number, headers: IncomingHttpHeaders) => unknown,
): Promise<FileServer> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    answer(response, asked.length, request.headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: (path) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Announces all of `data`, sends the first `sent` bytes, and hangs up when the client has written them to its part. */
export async function dropAfter(
  response: ServerResponse,
  data: Buffer,
  sent: number,
  folder: string,
  headers: Record<string, string> = {},
): Promise<void> {
  response.writeHead(200, { 'content-length': data.length, ...headers });
  response.write(data.subarray(0, sent));
  await written(folder, sent);
  response.destroy();
}

/** Resolves when the one part in `folder` has `size` bytes. */
export async function written(folder: string, size: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const part = (await readdir(folder)).find((name) => name.endsWith('.part'));
      expect(part && (await stat(join(folder, part))).size).toBe(size);
    },
    { interval: 2, timeout: 10_000 },
  );
}
