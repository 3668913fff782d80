import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpGet, tcpConnect } from '../../src/host/network.js';
import { freePort } from '../../src/host/ports.js';

const { signal } = new AbortController();
const short = { signal, timeoutMs: 100 };
const long = { signal, timeoutMs: 10_000 };

async function listen(onConnection: (socket: Socket) => void): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('tcpConnect', () => {
  it('tells open from refused, and reads a banner', async () => {
    await using server = await listen((socket) => socket.write('SSH-2.0-Test\r\n'));
    expect(await tcpConnect('127.0.0.1', server.port, { ...long, banner: true })).toEqual({
      kind: 'open',
      banner: 'SSH-2.0-Test',
    });
    expect(await tcpConnect('127.0.0.1', await freePort(), long)).toEqual({
      kind: 'refused',
      words: 'Connection refused',
    });
  });

  it('does not wait for ever for a banner', async () => {
    await using server = await listen(() => undefined);
    expect((await tcpConnect('127.0.0.1', server.port, { ...short, banner: true })).kind).toBe('silent');
  });

  it('says that one is open which closes at once', async () => {
    await using server = await listen((socket) => socket.end());
    expect(await tcpConnect('127.0.0.1', server.port, { ...long, banner: true })).toEqual({
      kind: 'open',
      banner: '',
    });
  });
});

describe('httpGet', () => {
  const url = (port: number) => new URL(`http://127.0.0.1:${port}/health`);

  it('answers with status, headers and body', async () => {
    await using server = await listen((socket) =>
      socket.end('HTTP/1.1 401 No\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nno'),
    );
    expect(await httpGet(url(server.port), long)).toMatchObject({
      kind: 'answer',
      status: 401,
      headers: { 'x-y': 'z' },
      body: 'no',
    });
  });

  it('tells refused, silent and not HTTP apart', async () => {
    await using mute = await listen(() => undefined);
    await using ssh = await listen((socket) => socket.end('SSH-2.0-Test\r\n'));
    expect((await httpGet(url(await freePort()), long)).kind).toBe('refused');
    expect((await httpGet(url(mute.port), short)).kind).toBe('silent');
    expect((await httpGet(url(ssh.port), long)).kind).toBe('closed');
  });
});
