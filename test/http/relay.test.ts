import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listenAt, listenOn } from '../../src/http/listen.js';
import { relayTo } from '../../src/http/relay.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const FREE = { host: '127.0.0.1', port: 0 };

/** A port that leads to a socket file on which `serve` answers, and back from there. */
async function relayed(folder: TemporaryFolder, serve: (socket: Socket) => void) {
  const socket = join(folder.path, 'socket');
  const server = await listenAt(createServer({ allowHalfOpen: true }, serve), { socket });
  const door = await listenOn(relayTo({ path: socket }), FREE);
  const open = () => connect({ port: door.port, host: '127.0.0.1', allowHalfOpen: true });
  const close = async () => {
    await door[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { open, [Symbol.asyncDispose]: close };
}

test('both directions whole, and the answer after the question has ended', async () => {
  using folder = new TemporaryFolder();
  await using relay = await relayed(folder, (socket) => {
    const chunks: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => chunks.push(bytes));
    socket.once('end', () => socket.end(Buffer.concat(chunks).reverse()));
  });
  const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
  const client = relay.open();
  client.end(sent);
  expect((await buffer(client)).equals(Buffer.from(sent).reverse())).toBe(true);
});

test('the end of either side is the end of both', async () => {
  using folder = new TemporaryFolder();
  const served: Socket[] = [];
  await using relay = await relayed(folder, (socket) => {
    socket.on('error', () => {});
    served.push(socket.resume());
    socket.write('hello');
  });
  const client = relay.open();
  await once(client, 'data');
  client.resetAndDestroy();
  await eventually(() => expect(served[0]?.readableEnded).toBe(true));

  const other = relay.open();
  await once(other, 'data');
  served[1]?.destroy();
  await once(other.resume(), 'end');
  other.destroy();
});

test('where nobody listens the connection is closed', async () => {
  using folder = new TemporaryFolder();
  await using door = await listenOn(relayTo({ path: join(folder.path, 'none') }), FREE);
  expect(await text(connect(door.port, '127.0.0.1'))).toBe('');
});
