import { expect, test } from 'vitest';
import { Pace } from '../../src/ssh/connection/pace.js';
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
const look = () => ({ refusals: 0, pace: new Pace() });

test('it ends when a host that was away is back', async () => {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  const waiting = pauseUntilBack(
    FOREVER_MS,
    { host: { host: '127.0.0.1', port: service.port }, machine, look: look() },
    deadline(),
  );
  await using _back = await startService(service.port);
  await waiting;
});

test('it waits its time out for a host that answers all along, and for none', async () => {
  await using service = await startService();
  await pauseUntilBack(
    20,
    { host: { host: '127.0.0.1', port: service.port }, machine, look: look() },
    deadline(),
  );
  await pauseUntilBack(20, { host: null, machine, look: look() }, deadline());
});

test('it ends with the reason of an abort', async () => {
  const stop = new AbortController();
  const waiting = pauseUntilBack(
    FOREVER_MS,
    { host: { host: '127.0.0.1', port: 1 }, machine, look: look() },
    stop.signal,
  );
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(
    pauseUntilBack(FOREVER_MS, { host: null, machine, look: look() }, stop.signal),
  ).rejects.toThrow('enough');
});

test('it ends when this machine wakes, which is returned, and listens no longer', async () => {
  const { machine, listeners } = quietMachine();
  const waiting = pauseUntilBack(FOREVER_MS, { host: null, machine, look: look() }, deadline());
  const woke = new Disturbance('woke');
  for (const listener of listeners) listener(woke);
  expect(await waiting).toBe(woke);
  expect(listeners.size).toBe(0);
});

test('it looks at a host that refuses less often each time, over many pauses', async () => {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  const host = { host: '127.0.0.1', port: service.port };
  const patience = look();
  for (let pause = 1; pause <= 20; pause += 1)
    await pauseUntilBack(20, { host, machine, look: patience }, deadline());
  // The first of them looked at once; the next look is half a second later.
  expect(patience.refusals).toBe(1);

  const waiting = pauseUntilBack(FOREVER_MS, { host, machine, look: patience }, deadline());
  await using _back = await startService(service.port);
  await waiting;
  expect(patience.refusals).toBe(0);
});
