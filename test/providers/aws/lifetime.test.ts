import { expect, test } from 'vitest';
import { TAGS, type Tags } from '../../../src/aws/fleet.js';
import type { Schedules } from '../../../src/aws/schedules.js';
import { Lifetime, type LifetimeOptions } from '../../../src/providers/aws/lifetime.js';
import { eventually } from '../../support/eventually.js';

const HOUR_MS = 3_600_000;

/** Time passes only when the test says so. */
class Clock {
  now = Date.parse('2026-11-29T12:00:00Z');
  readonly #waiting = new Set<{ until: number; wake: () => void }>();

  sleep = (ms: number, signals: AbortSignal | readonly AbortSignal[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const waiter = { until: this.now + ms, wake: resolve };
      this.#waiting.add(waiter);
      for (const signal of [signals].flat()) {
        const onAbort = () => {
          this.#waiting.delete(waiter);
          reject(signal.reason);
        };
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      }
    });

  get sleepers(): number {
    return this.#waiting.size;
  }

  /** To when the next one wakes, once that many sleep. */
  async toNext(sleepers = 1): Promise<void> {
    await eventually(() => expect(this.sleepers).toBeGreaterThanOrEqual(sleepers));
    const [next] = [...this.#waiting].sort((a, b) => a.until - b.until);
    if (!next) throw new Error('nobody waits');
    this.now = next.until;
    this.#waiting.delete(next);
    next.wake();
  }
}

class World implements Schedules {
  readonly clock = new Clock();
  readonly planned = new Map<string, string>();
  readonly tags = new Map<string, string | undefined>();
  readonly warnings: string[] = [];
  attempts = 0;
  setFault: () => Error | null = () => null;
  tagFault: () => Error | null = () => null;

  async set(id: string, at: Date, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.attempts += 1;
    const error = this.setFault();
    if (error) throw error;
    this.planned.set(id, at.toISOString());
  }

  async cancel(id: string): Promise<void> {
    this.planned.delete(id);
  }

  lifetime(schedules: Schedules | null = this, changes: Partial<LifetimeOptions> = {}): Lifetime {
    return new Lifetime({
      ttlMs: HOUR_MS,
      schedules,
      setTags: async (ids: readonly string[], tags: Tags) => {
        const error = this.tagFault();
        if (error) throw error;
        for (const id of ids) this.tags.set(id, tags[TAGS.expires]);
      },
      onWarning: (text) => this.warnings.push(text),
      sleep: this.clock.sleep,
      now: () => this.clock.now,
      ...changes,
    });
  }
}

const notYet = () =>
  Object.assign(
    new Error('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.'),
    { name: 'ValidationException' },
  );

test('an instance has its end from its launch on', async () => {
  expect(await new World().lifetime().tags()).toEqual({ [TAGS.expires]: '2026-11-29T13:00:00.000Z' });
});

test('the end is put off as long as the server holds it, in AWS and in the tag, and forgotten when it is released', async () => {
  const world = new World();
  const lifetime = world.lifetime();
  lifetime.hold('i-1');
  lifetime.hold('i-2');
  await eventually(() => expect(world.planned.get('i-2')).toBe('2026-11-29T13:00:00.000Z'));
  await world.clock.toNext();
  await eventually(() => expect(world.planned.get('i-1')).toBe('2026-11-29T13:15:00.000Z'));
  await lifetime.release('i-2');
  for (let quarter = 0; quarter < 8; quarter += 1) await world.clock.toNext();
  await eventually(() => expect(world.planned.get('i-1')).toBe('2026-11-29T15:15:00.000Z'));
  expect(world.tags.get('i-1')).toBe('2026-11-29T15:15:00.000Z');
  expect(world.tags.get('i-2')).toBe('2026-11-29T13:15:00.000Z');
  await lifetime.release('i-1');
  expect([world.planned.size, world.clock.sleepers, world.warnings]).toEqual([0, 0, []]);
});

test('without a role the tag alone is put off', async () => {
  const world = new World();
  const lifetime = world.lifetime(null);
  lifetime.hold('i-1');
  await world.clock.toNext();
  await eventually(() => expect(world.tags.get('i-1')).toBe('2026-11-29T13:15:00.000Z'));
  await lifetime.release('i-1');
  expect([world.attempts, world.clock.sleepers, world.warnings]).toEqual([0, 0, []]);
});

test('a role that was made just now is waited for', async () => {
  const world = new World();
  world.setFault = () => (world.attempts < 3 ? notYet() : null);
  const lifetime = world.lifetime();
  lifetime.hold('i-1');
  // Who puts ends off sleeps too.
  await world.clock.toNext(2);
  await world.clock.toNext(2);
  await eventually(() => expect(world.planned.get('i-1')).toBe('2026-11-29T13:00:20.000Z'));
  await lifetime.release('i-1');
  expect(world.warnings).toEqual([]);
});

test('not for ever, and the warning says what holds then', async () => {
  const world = new World();
  world.setFault = notYet;
  const lifetime = world.lifetime();
  lifetime.hold('i-1');
  // Who puts ends off sleeps too.
  for (let attempt = 1; attempt < 6; attempt += 1) await world.clock.toNext(2);
  await eventually(() => expect(world.warnings).toHaveLength(1));
  expect(world.attempts).toBe(6);
  expect(world.warnings[0]).toMatch(/^AWS keeps no end for i-1 \(The execution role .*next arpo-env serve/);
  await lifetime.release('i-1');
  expect(world.clock.sleepers).toBe(0);
});

test('what another error says is not tried again, and a release cuts the wait for a role short', async () => {
  const world = new World();
  world.setFault = () => Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const lifetime = world.lifetime();
  lifetime.hold('i-1');
  await eventually(() => expect(world.warnings).toHaveLength(1));
  expect(world.attempts).toBe(1);
  world.setFault = notYet;
  lifetime.hold('i-2');
  await eventually(() => expect(world.attempts).toBe(2));
  await lifetime.release('i-2');
  await lifetime.release('i-1');
  expect([world.warnings.length, world.clock.sleepers]).toEqual([1, 0]);
});

test('a failure to put the end off is a warning, and the next time comes', async () => {
  const world = new World();
  const lifetime = world.lifetime(null);
  lifetime.hold('i-1');
  world.tagFault = () => new Error('RequestLimitExceeded');
  await world.clock.toNext();
  await eventually(() => expect(world.warnings).toHaveLength(1));
  world.tagFault = () => null;
  await world.clock.toNext();
  await eventually(() => expect(world.tags.get('i-1')).toBe('2026-11-29T13:30:00.000Z'));
  await lifetime.release('i-1');
});

test('where instances shall have no end, nothing is planned, and what dead servers left is looked for all the same', async () => {
  const world = new World();
  const sweeps: number[] = [];
  const sweep = async () => void sweeps.push(world.clock.now);
  const lifetime = world.lifetime(world, { ttlMs: null, sweep });
  expect(await lifetime.tags()).toEqual({});
  const launchedAt = world.clock.now;
  lifetime.hold('i-1');
  await world.clock.toNext();
  await eventually(() => expect(sweeps).toEqual([launchedAt + 60_000]));
  await lifetime.release('i-1');
  expect([world.attempts, world.tags.size, world.clock.sleepers]).toEqual([0, 0, 0]);
});

test('one that could not be terminated keeps its end, which is not put off any more', async () => {
  const world = new World();
  const lifetime = world.lifetime();
  lifetime.hold('i-1');
  lifetime.hold('i-2');
  await eventually(() => expect(world.planned.size).toBe(2));
  lifetime.letExpire('i-1');
  await world.clock.toNext();
  await eventually(() => expect(world.planned.get('i-2')).toBe('2026-11-29T13:15:00.000Z'));
  expect(world.planned.get('i-1')).toBe('2026-11-29T13:00:00.000Z');
  expect(world.tags.has('i-1')).toBe(false);
  lifetime.letExpire('i-2');
  expect(world.clock.sleepers).toBe(0);
});

test('a launch that nobody could find later is not made', async () => {
  const beforeLaunch = () => Promise.reject(new Error('no space left'));
  await expect(new World().lifetime(null, { beforeLaunch }).tags()).rejects.toThrow('no space left');
});
