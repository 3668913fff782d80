import { expect, test } from 'vitest';
import { pauseUntilBack } from '../../src/tunnel/reachability.js';
import { deadline, startService } from './fixtures.js';

const FOREVER_MS = 3_600_000;

test('it ends when a host that was away is back', async () => {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  const waiting = pauseUntilBack(FOREVER_MS, { host: '127.0.0.1', port: service.port }, deadline());
  await using _back = await startService(service.port);
  await waiting;
});

test('it waits its time out for a host that answers all along, and for none', async () => {
  await using service = await startService();
  await pauseUntilBack(20, { host: '127.0.0.1', port: service.port }, deadline());
  await pauseUntilBack(20, null, deadline());
});

test('it ends with the reason of an abort', async () => {
  const stop = new AbortController();
  const waiting = pauseUntilBack(FOREVER_MS, { host: '127.0.0.1', port: 1 }, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pauseUntilBack(FOREVER_MS, null, stop.signal)).rejects.toThrow('enough');
});
