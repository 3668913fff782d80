import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ArpoEnvError } from '../../src/errors.js';
import { describePortHolder, freePort, listenError } from '../../src/host/ports.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(port: number): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

test('prefers the wanted port and takes another when it is busy', async () => {
  const wanted = await freePort();
  expect(await freePort(wanted)).toBe(wanted);
  await listen(wanted);
  expect(await freePort(wanted)).not.toBe(wanted);
});

test('names the process that holds a port, and how to go on', async () => {
  const port = await freePort();
  await listen(port);
  expect(await describePortHolder(port)).toContain(`pid ${process.pid} (`);
  const failure = await listen(port).then(
    () => undefined,
    (error: unknown) => error,
  );
  const error = await listenError(failure, '127.0.0.1', port);
  expect(error).toBeInstanceOf(ArpoEnvError);
  expect(error.code).toBe('E_PORT_IN_USE');
  expect(error.message).toContain(`port ${port} on 127.0.0.1 is in use by pid ${process.pid}`);
});

test('an address that is not of this machine is a config error', async () => {
  const failure = Object.assign(new Error('bind EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
  expect((await listenError(failure, '192.0.2.1', 80)).code).toBe('E_CONFIG');
});
