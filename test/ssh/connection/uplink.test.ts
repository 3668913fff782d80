import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { watchUplink } from '../../../src/ssh/connection/uplink.js';

test('it is full from 1 MiB that waits until nothing does, which is told once to each who asked', async () => {
  const taken: (() => void)[] = [];
  const stream = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  const uplink = watchUplink(stream);
  const told: string[] = [];
  stream.write(Buffer.alloc(2 ** 19));
  expect(uplink.isFull).toBe(false);
  stream.write(Buffer.alloc(2 ** 19));
  expect(uplink.isFull).toBe(true);
  uplink.onceEmpty(() => told.push('first'));
  uplink.onceEmpty(() => told.push('second'));

  const drained = new Promise((resolve) => stream.once('drain', resolve));
  taken.shift()?.();
  expect(told).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  taken.shift()?.();
  await drained;
  expect(uplink.isFull).toBe(false);
  expect(told).toEqual(['first', 'second']);

  stream.write(Buffer.alloc(2 ** 20));
  const again = new Promise((resolve) => stream.once('drain', resolve));
  taken.shift()?.();
  await again;
  expect(told).toHaveLength(2);
});
