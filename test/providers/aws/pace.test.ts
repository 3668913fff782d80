import { expect, test } from 'vitest';
import { jittered, Pace } from '../../../src/providers/aws/pace.js';

test('three requests at once, then one a second; a rest gives the three back', async () => {
  let now = 1000;
  const waits: number[] = [];
  const pace = new Pace({
    now: () => now,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  });
  const { signal } = new AbortController();
  for (let count = 0; count < 6; count += 1) await pace.turn(signal);
  expect(waits).toEqual([1000, 1000, 1000]);
  now += 10_000;
  for (let count = 0; count < 3; count += 1) await pace.turn(signal);
  expect(waits).toHaveLength(3);
});

test('pauses double up to a limit, each somewhere in its upper half', () => {
  expect([1, 2, 3, 9].map(jittered(40_000, () => 1))).toEqual([1000, 2000, 4000, 40_000]);
  expect([1, 2].map(jittered(40_000, () => 0))).toEqual([500, 1000]);
});
