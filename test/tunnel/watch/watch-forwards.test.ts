import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settle } from '../../../src/lib/wait.js';
import { ChannelRefused, type Connection, ConnectionEnd } from '../../../src/ssh/connection/connection.js';
import type { SshTarget } from '../../../src/ssh/host/target.js';
import type { SessionOptions } from '../../../src/tunnel/session.js';
import { Disturbance } from '../../../src/tunnel/watch/disturbance.js';
import { watchForwards } from '../../../src/tunnel/watch/watch-forwards.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose server says nothing any more, or refuses to connect; and a machine that can be disturbed. */
function watched(server: 'silent' | 'refusing') {
  const over = new AbortController();
  const stop = new AbortController();
  const states: string[] = [];
  const listeners = new Set<(disturbance: Disturbance) => void>();
  const connection = {
    target: { name: 'deepx' } as SshTarget,
    ended: over.signal,
    uplink: null,
    abandon: (end: ConnectionEnd) => over.abort(end),
    open: (_to: unknown, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }) =>
      settle<never>({ signals: [signal, over.signal], timeoutMs }, (_resolve, reject) => {
        if (server === 'refusing') reject(new ChannelRefused('connect-failed'));
      }),
  } as Partial<Connection> as Connection;
  const options = {
    forwards: [{ bind: '127.0.0.1', port: 15_001, local: { host: '127.0.0.1', port: 18_082 } }],
    probeIntervalMs: 15_000,
    machine: {
      onDisturbance(listener: (disturbance: Disturbance) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      [Symbol.dispose]() {},
    },
    signal: stop.signal,
    onState: (state: string, reason: string) => states.push(`${state} ${reason}`),
    onRtt: () => {},
    onOpen: () => {},
  } as Partial<SessionOptions> as SessionOptions;
  const end = watchForwards(connection, options);
  end.catch(() => {});
  const disturb = (kind: Disturbance['kind']) => {
    for (const listener of [...listeners]) listener(new Disturbance(kind));
  };
  return { end, disturb, states, stop, listeners };
}

test.each([
  ['woke', 'this machine woke from sleep, and nothing answers any more'],
  ['network-changed', "this machine's network changed, and nothing answers any more"],
] as const)('after a disturbance (%s) a server that stays silent is given up soon', async (kind, message) => {
  const { end, disturb, states, listeners } = watched('silent');
  disturb(kind);
  await vi.advanceTimersByTimeAsync(1500);
  await expect(end).rejects.toMatchObject({ reason: 'silent', message });
  await expect(end).rejects.toBeInstanceOf(ConnectionEnd);
  expect(states).toEqual([]);
  expect([listeners.size, vi.getTimerCount()]).toEqual([0, 0]);
});

test('undisturbed, a server that is slow to answer keeps its connection', async () => {
  const { states, stop, end } = watched('silent');
  await vi.advanceTimersByTimeAsync(25_000);
  expect(states).toEqual(['degraded no-answer', 'degraded no-answer']);
  stop.abort(new Error('stopped'));
  await expect(end).rejects.toThrow('stopped');
  expect(vi.getTimerCount()).toBe(0);
});

test('a listener that is gone ends the session', async () => {
  const { end } = watched('refusing');
  await expect(end).resolves.toEqual({
    reason: 'forward-lost',
    message: 'deepx no longer listens on 127.0.0.1:15001',
  });
});
