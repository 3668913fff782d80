import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenOn, listenOnFile, reservePort } from '../../src/http/listen.js';
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
