import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { ReusedReads, type Taken } from '../../../src/ssh/connection/reused-reads.js';

const BODY = randomBytes(4 * 1024 * 1024 + 17);

/** A server that says its body at once, and a socket that reads it; resolves when it has read the end. */
async function read(
  take: (chunk: Buffer, resume: () => void) => Taken,
  early: Promise<unknown> | null = null,
) {
  await using server = createServer((socket) => socket.end(BODY)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reads = new ReusedReads();
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, onread: reads.onread });
  await once(socket, 'connect');
  if (early) await early;
  const ended = once(socket, 'end');
  reads.start(socket, (chunk) => take(chunk, () => void socket.resume()));
  await ended;
  socket.destroy();
}

it('gives all bytes to one who is done with each chunk at once', async () => {
  const got: Buffer[] = [];
  await read((chunk) => {
    got.push(Buffer.from(chunk));
    return { isKept: false, isEnough: false };
  });
  expect(Buffer.concat(got).equals(BODY)).toBe(true);
});

it('never writes into a chunk that is kept', async () => {
  const got: Buffer[] = [];
  await read((chunk) => {
    got.push(chunk);
    return { isKept: true, isEnough: false };
  });
  expect(Buffer.concat(got).equals(BODY)).toBe(true);
});

it('reads no more until it is resumed', async () => {
  const got: Buffer[] = [];
  let isPaused = false;
  await read((chunk, resume) => {
    expect(isPaused).toBe(false);
    isPaused = true;
    got.push(chunk);
    setImmediate(() => {
      isPaused = false;
      resume();
    });
    return { isKept: true, isEnough: true };
  });
  expect(Buffer.concat(got).equals(BODY)).toBe(true);
});

it('keeps what came before anybody took it', async () => {
  const got: Buffer[] = [];
  const turns = new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
  await read((chunk) => {
    got.push(Buffer.from(chunk));
    return { isKept: false, isEnough: false };
  }, turns);
  expect(Buffer.concat(got).equals(BODY)).toBe(true);
});
