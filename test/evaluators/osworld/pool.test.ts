import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerPool } from '../../../src/evaluators/osworld/pool.js';
import type { Worker } from '../../../src/evaluators/osworld/worker.js';

const never = new AbortController().signal;

function fakeWorker(onEnd = () => undefined as void): Worker {
  return Object.assign({} as Worker, { isUsable: true, [Symbol.asyncDispose]: async () => onEnd() });
}

/** A pool of workers that only know their number, and whether they are usable and ended. */
function poolOf(most: number) {
  const made: { worker: Worker; number: number; isEnded: boolean }[] = [];
  const pool = new WorkerPool({
    most,
    idleMs: 1000,
    start: async () => {
      const entry = { number: made.length + 1, isEnded: false } as (typeof made)[number];
      entry.worker = fakeWorker(() => {
        entry.isEnded = true;
      });
      made.push(entry);
      return entry.worker;
    },
  });
  const numberOf = (worker: Worker) => made.find((entry) => entry.worker === worker)?.number;
  return { pool, made, take: async (signal = never) => pool.take(signal), numberOf };
}

const isUsable = (worker: Worker, value: boolean) => Object.assign(worker, { isUsable: value });

describe('workers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are no more than so many, and whoever asked first is served first', async () => {
    const { pool, take, numberOf, made } = poolOf(2);
    const [first, second] = [await take(), await take()];
    const served: string[] = [];
    const third = take().then((worker) => served.push(`third ${numberOf(worker)}`));
    const fourth = take().then((worker) => served.push(`fourth ${numberOf(worker)}`));
    await pool.giveBack(second, 0);
    await third;
    await pool.giveBack(first, 0);
    await fourth;
    expect(served).toEqual(['third 2', 'fourth 1']);
    expect(made).toHaveLength(2);
  });

  it('that nobody needs are ended after a while; the one used last is taken first', async () => {
    const { pool, take, numberOf, made } = poolOf(2);
    const [first, second] = [await take(), await take()];
    await pool.giveBack(second, 0);
    await vi.advanceTimersByTimeAsync(600);
    await pool.giveBack(first, 0);
    expect(numberOf(await take())).toBe(1);
    await pool.giveBack(first, 0);
    await vi.advanceTimersByTimeAsync(600);
    expect(made.map(({ isEnded }) => isEnded)).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(600);
    expect(made.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });

  it('that are of no use or too big are ended, and others take their place', async () => {
    const { pool, take, numberOf, made } = poolOf(1);
    const first = await take();
    const waiting = take();
    await pool.giveBack(isUsable(first, false), 0);
    expect(made[0]?.isEnded).toBe(true);
    const second = await waiting;
    expect(numberOf(second)).toBe(2);
    await pool.giveBack(second, 2 ** 30);
    expect(made[1]?.isEnded).toBe(true);
  });

  it('that ended while they waited are not given to anybody', async () => {
    const { pool, take, numberOf } = poolOf(1);
    const first = await take();
    await pool.giveBack(first, 0);
    isUsable(first, false);
    expect(numberOf(await take())).toBe(2);
  });

  it('are waited for until the signal aborts; the place in the line is free then', async () => {
    const { pool, take, numberOf } = poolOf(1);
    const first = await take();
    const leaving = new AbortController();
    const left = take(leaving.signal);
    const waiting = take();
    leaving.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    await pool.giveBack(first, 0);
    expect(numberOf(await waiting)).toBe(1);
  });

  it('that cannot be started leave their place to the next', async () => {
    let starts = 0;
    const pool = new WorkerPool({
      most: 1,
      idleMs: 1000,
      start: async () => {
        starts += 1;
        if (starts === 1) throw new Error('no Python');
        return fakeWorker();
      },
    });
    await expect(pool.take(never)).rejects.toThrow('no Python');
    await expect(pool.take(never)).resolves.toMatchObject({ isUsable: true });
  });

  it('end with the pool, also those at work; nobody gets one any more', async () => {
    const { pool, take, made } = poolOf(2);
    const [first] = [await take(), await take()];
    await pool.giveBack(first, 0);
    const waiting = [take(), take()].map((taken) => taken.then(() => 'got one', String));
    await pool[Symbol.asyncDispose]();
    expect(made.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    expect(await Promise.all(waiting)).toContain("Error: OSWorld's evaluators are ending");
    await expect(take()).rejects.toThrow('are ending');
  });
});
