import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readText } from '../../src/lib/read-text.js';

const limits = { signals: [], timeoutMs: 60_000, most: 1000 };

it('is what came until the end', async () => {
  await expect(readText(Readable.from([Buffer.from('caf'), Buffer.from('é')]), limits)).resolves.toBe('café');
});

it('ends with the most that is wanted, whatever still comes', async () => {
  const endless = new Readable({ read: () => void endless.push('yes\n'.repeat(100)) });
  expect((await readText(endless, limits)).length).toBeLessThan(2000);
  endless.destroy();
});

it('ends with the limit of time, with what came by then', async () => {
  const stream = new PassThrough();
  stream.write('half');
  await expect(readText(stream, { ...limits, timeoutMs: 50 })).resolves.toBe('half');
});

it('is what came before the stream broke, or went unread', async () => {
  const broken = new PassThrough();
  const text = readText(broken, limits);
  broken.once('data', () => broken.destroy(new Error('cut')));
  broken.write('half');
  await expect(text).resolves.toBe('half');
  await expect(readText(broken, limits)).resolves.toBe('');
});

it('rejects with the reason of a signal', async () => {
  const stop = new AbortController();
  const text = readText(new PassThrough(), { ...limits, signals: [stop.signal] });
  stop.abort(new Error('stopped'));
  await expect(text).rejects.toThrow('stopped');
});
