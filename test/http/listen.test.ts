import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { listenAt, listenOn, listenOnFile, listenWith, reservePort } from '../../src/http/listen.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bind = { host: '127.0.0.1', port: 0 };

test('the end cuts connections, upgraded ones too, and may be asked for twice', async () => {
  const server = createHttpServer();
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const listening = await listenOn(server, bind);
  const client = connect(listening.port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  await once(client, 'data');
  const cut = once(client, 'close');
  await Promise.all([listening[Symbol.asyncDispose](), listening[Symbol.asyncDispose]()]);
  await cut;
  expect(server.listening).toBe(false);
});

test('a port that is taken is named, also when it is only to be reserved', async () => {
  await using taken = await listenOn(createServer(), bind);
  const refusal = {
    code: 'E_PORT_IN_USE',
    message: expect.stringContaining(`port ${taken.port} on 127.0.0.1`),
  };
  await expect(listenOn(createServer(), { ...bind, port: taken.port })).rejects.toMatchObject(refusal);
  await expect(reservePort({ ...bind, port: taken.port })).rejects.toMatchObject(refusal);
});

test('a reserved port is free for whoever comes next', async () => {
  const port = await reservePort(bind);
  await using listening = await listenOn(createServer(), { ...bind, port });
  expect(listening.port).toBe(port);
});

test.skipIf(process.platform === 'win32')(
  'a socket file is this user’s alone, replaces a dead one, and goes with the server',
  async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'state', 'run.sock');
    const first = await listenOnFile(createServer(), path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await first[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'left behind');
    await using _again = await listenOnFile(createServer(), path);
    await expect(listenOnFile(createServer(), `/${'x'.repeat(120)}`)).rejects.toMatchObject({
      code: 'E_CONFIG',
    });
  },
);

test('either kind of place gives the address that leads there', async () => {
  using folder = new TemporaryFolder();
  const socket = join(folder.path, 'a b', 'agent');
  const address = `http+unix://${encodeURIComponent(socket)}/`;
  await using port = await listenAt(createServer(), { host: '0.0.0.0', port: 0 }, 'vnc');
  expect(port.url.href).toMatch(/^vnc:\/\/127\.0\.0\.1:\d+\/$/);
  const file = await listenAt(createServer(), { socket });
  expect(file.url.href).toBe(address);
  expect(new URL('page?a=1', file.url).href).toBe(`${address}page?a=1`);
  await file[Symbol.asyncDispose]();

  const app = Fastify();
  expect((await listenWith(app, { socket })).href).toBe(address);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  await app.close();
  expect(existsSync(socket)).toBe(false);
  const path = { socket: `/${'x'.repeat(120)}` };
  await expect(listenWith(Fastify(), path)).rejects.toMatchObject({ code: 'E_CONFIG' });
});
