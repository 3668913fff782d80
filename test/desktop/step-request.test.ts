import { getEventListeners } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sendStepRequest } from '../../src/desktop/step-request.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    server,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('gives the bytes of the answer, however they arrive', async () => {
  const bytes = Buffer.alloc(300_000, 'screenshot');
  await using guest = await serve((_request, response) => {
    response.write(bytes.subarray(0, 100_001));
    setImmediate(() => response.end(bytes.subarray(100_001)));
  });
  const { signal } = new AbortController();
  const answer = await sendStepRequest(guest.url, 'screenshot', { timeoutMs: 10_000, signal });
  expect(answer.equals(bytes)).toBe(true);
  await eventually(() => expect(getEventListeners(signal, 'abort')).toEqual([]));
});

it('takes the shorter way of a socket, and says when that is gone', async () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'agent');
  const guest = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`));
  await new Promise<void>((resolve) => guest.listen(path, resolve));
  const url = new URL('http://127.0.0.1:1/');
  const answer = await sendStepRequest(url, 'screenshot', { timeoutMs: 10_000, socket: { path } });
  guest.close();
  expect(String(answer)).toBe('127.0.0.1:1 /screenshot');
  const gone = {
    get path(): string {
      throw new Error('this desktop is gone');
    },
  };
  await expect(sendStepRequest(url, 'screenshot', { timeoutMs: 10_000, socket: gone })).rejects.toMatchObject(
    {
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringContaining('this desktop is gone'),
    },
  );
});

it('posts JSON in UTF-8, on a connection of its own each time', async () => {
  const seen: string[] = [];
  await using guest = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(`${request.method} ${request.url} ${request.headers.connection} ${Buffer.concat(chunks)}`);
    response.end('{}');
  });
  const json = { command: ['echo', 'é 😀'] };
  await sendStepRequest(guest.url, 'execute', { json, timeoutMs: 10_000 });
  expect(seen).toEqual(['POST /execute close {"command":["echo","é 😀"]}']);
});

it.each([
  [500, 'E_AGENT_FAILED', 'answered /screenshot with 500: no display'],
  [404, 'E_AGENT_FAILED', 'answered /screenshot with 404: no display'],
  [302, 'E_AGENT_FAILED', 'answered /screenshot with 302: no display'],
  [502, 'E_AGENT_UNREACHABLE', 'did not answer /screenshot: a gateway answered 502'],
])('status %i is %s', async (status, code, message) => {
  await using guest = await serve((_request, response) =>
    response.writeHead(status).end('<p>no display</p>'),
  );
  await expect(sendStepRequest(guest.url, 'screenshot', { timeoutMs: 10_000 })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

it.each<[string, RequestListener]>([
  ['says nothing', () => undefined],
  ['stops in the middle', (_request, response) => response.write('half')],
])('is unreachable when the guest %s', async (_what, listener) => {
  await using guest = await serve(listener);
  await expect(sendStepRequest(guest.url, 'screenshot', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'E_AGENT_UNREACHABLE',
    message: expect.stringContaining('50ms'),
  });
});

it('is unreachable when the connection breaks in the middle', async () => {
  await using guest = await serve((request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setImmediate(() => request.socket.destroy());
  });
  await expect(sendStepRequest(guest.url, 'screenshot', { timeoutMs: 10_000 })).rejects.toMatchObject({
    code: 'E_AGENT_UNREACHABLE',
  });
});

it('ends with the reason of its caller, before and while it waits', async () => {
  const caller = new AbortController();
  await using guest = await serve(() => caller.abort(new Error('enough')));
  const options = { timeoutMs: 10_000, signal: caller.signal };
  await expect(sendStepRequest(guest.url, 'screenshot', options)).rejects.toThrow('enough');
  await expect(sendStepRequest(guest.url, 'screenshot', options)).rejects.toThrow('enough');
});
