import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { ConnectionEnd } from '../../../src/ssh/connection/connection.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline } from '../../tunnel/fixtures.js';
import { logIn, startSshServer } from '../ssh-server.js';

it('a packet that a network damaged ends the connection, in words', async () => {
  using folder = new TemporaryFolder();
  await using server = await startSshServer(folder, { login: () => true });
  let isBad = false;
  const relay = createServer((near) => {
    const far = connectTcp(server.port, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far);
    far.on('data', (chunk) => {
      if (isBad) chunk.writeUInt8(chunk.readUInt8(chunk.length - 1) ^ 1, chunk.length - 1);
      near.write(chunk);
    });
    far.once('close', () => near.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  await using _relay = { [Symbol.asyncDispose]: async () => void relay.close() };
  const { port } = relay.address() as AddressInfo;
  const knownHostsFile = folder.write('known', `[127.0.0.1]:${port} ${server.hostKey.public}\n`);
  await using connection = await logIn({ ...server.target, host: `user@127.0.0.1:${port}`, knownHostsFile });
  isBad = true;
  const { ended } = connection;
  const listening = connection.listen(
    { bind: '127.0.0.1', port: 0 },
    { signal: deadline(), timeoutMs: 9000 },
  );
  await expect(listening).rejects.toBeInstanceOf(ConnectionEnd);
  expect(ended.reason.message).toMatch(/^the connection broke: (?!error:)/);
});
