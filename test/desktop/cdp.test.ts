import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { withChrome } from '../../src/desktop/cdp.js';

/** A port where nobody listens any more. */
async function closedPort(): Promise<URL> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return new URL(`http://127.0.0.1:${port}`);
}

describe('withChrome', () => {
  it('tries 15 times, 5 s apart, and then says what it could not connect to', async () => {
    const endpoint = await closedPort();
    const waits: number[] = [];
    const progress: string[] = [];
    const options = {
      signal: new AbortController().signal,
      timeoutMs: 1000,
      sleep: async (ms: number) => void waits.push(ms),
      onProgress: (text: string) => progress.push(text),
    };
    await expect(
      withChrome(endpoint, options, async () => expect.fail('there is no Chrome')),
    ).rejects.toMatchObject({
      code: 'E_CHROME_UNREACHABLE',
      message: expect.stringMatching(/^Chrome at http:\/\/127\.0\.0\.1:\d+ cannot be driven: .*ECONNREFUSED/),
      fix: expect.stringContaining(`curl -sS ${endpoint.origin}/json/version`),
    });
    expect(waits).toEqual(Array(14).fill(5000));
    expect(progress[0]).toMatch(/does not answer yet \(1 of 15\): /);
  });

  it('connects by address, since Chrome refuses a Host header that is a name', async () => {
    const hosts: string[] = [];
    const server = createServer(({ headers }, response) => {
      hosts.push(headers.host ?? '');
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    // A real resolver is asked by no test.
    vi.doMock('node:dns/promises', () => ({ lookup: async () => ({ address: '127.0.0.1', family: 4 }) }));
    vi.resetModules();
    try {
      const options = { signal: new AbortController().signal, timeoutMs: 1000, sleep: async () => {} };
      const endpoint = new URL(`http://desktop.example:${port}`);
      const { withChrome } = await import('../../src/desktop/cdp.js');
      await expect(withChrome(endpoint, options, async () => {})).rejects.toMatchObject({
        code: 'E_CHROME_UNREACHABLE',
        message: expect.stringContaining(`Chrome at http://desktop.example:${port} `),
      });
    } finally {
      vi.doUnmock('node:dns/promises');
      vi.resetModules();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    expect(new Set(hosts)).toEqual(new Set([`127.0.0.1:${port}`]));
  });

  it('throws the reason of an abort between attempts', async () => {
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      timeoutMs: 1000,
      onProgress: () => controller.abort(new Error('enough')),
    };
    await expect(withChrome(await closedPort(), options, async () => {})).rejects.toThrow('enough');
  });

  it('throws the reason of an abort while Chrome keeps it waiting', async () => {
    const controller = new AbortController();
    const server = createServer(() => controller.abort(new Error('enough')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      const waiting = withChrome(endpoint, { signal: controller.signal, timeoutMs: 1000 }, async () => {});
      await expect(waiting).rejects.toThrow('enough');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
