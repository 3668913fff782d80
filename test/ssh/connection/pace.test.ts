import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from '../../../src/ssh/connection/pace.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('knocks each second for a quarter of a minute of silence, then less and less often', () => {
  const pace = new Pace();
  const knocks: number[] = [];
  for (let time = 0; time < 300_000; time += pace.gapMs) {
    knocks.push(time);
    vi.setSystemTime(time);
    vi.advanceTimersByTime(time - performance.now());
    pace.silent();
  }
  const between = (from: number, to: number) => knocks.filter((time) => time >= from && time < to).length;
  expect(between(0, 15_000)).toBe(15);
  expect(between(60_000, 300_000)).toBeLessThanOrEqual(9);
  expect(pace.isSlow).toBe(true);

  pace.answered();
  expect(pace.isSlow).toBe(false);
  pace.silent();
  expect(pace.gapMs).toBe(1000);
});
