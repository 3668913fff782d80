import { expect, test } from 'vitest';
import { pauseUntilBack } from '../../src/tunnel/reachability.js';
import { Disturbance, type DisturbanceWatch } from '../../src/tunnel/watch/disturbance.js';
import { deadline, startService } from './fixtures.js';

const FOREVER_MS = 3_600_000;

/** Nothing happens to it but what the test says. */
function quietMachine() {
  const listeners = new Set<(disturbance: Disturbance) => void>();
  const machine: DisturbanceWatch = {
    onDisturbance(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.dispose]: () => {},
  };
  return { machine, listeners };
}

const { machine } = quietMachine();

test('it ends when a host that was away is back', async () => {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  const waiting = pauseUntilBack(
    FOREVER_MS,
    { host: { host: '127.0.0.1', port: service.port }, machine },
    deadline(),
  );
  await using _back = await startService(service.port);
  await waiting;
});

test('it waits its time out for a host that answers all along, and for none', async () => {
  await using service = await startService();
  await pauseUntilBack(20, { host: { host: '127.0.0.1', port: service.port }, machine }, deadline());
  await pauseUntilBack(20, { host: null, machine }, deadline());
});

test('it ends with the reason of an abort', async () => {
  const stop = new AbortController();
  const waiting = pauseUntilBack(FOREVER_MS, { host: { host: '127.0.0.1', port: 1 }, machine }, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pauseUntilBack(FOREVER_MS, { host: null, machine }, stop.signal)).rejects.toThrow('enough');
});

test('it ends when this machine wakes, which is returned, and listens no longer', async () => {
  const { machine, listeners } = quietMachine();
  const waiting = pauseUntilBack(FOREVER_MS, { host: null, machine }, deadline());
  const woke = new Disturbance('woke');
  for (const listener of listeners) listener(woke);
  expect(await waiting).toBe(woke);
  expect(listeners.size).toBe(0);
});
