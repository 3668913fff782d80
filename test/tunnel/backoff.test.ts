import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBackoff } from '../../src/tunnel/backoff.js';

it('tries again at once, then within a bound that doubles up to maxMs', () => {
  const backoff = createBackoff({ maxMs: 5000, random: () => 0.9999 });
  const waits = Array.from({ length: 6 }, () => backoff.next());
  expect(waits.map((wait) => Math.ceil(wait / 1000))).toEqual([0, 1, 2, 4, 5, 5]);
  expect(backoff.failures).toBe(6);
});

it('starts over after a success', () => {
  const backoff = createBackoff({ maxMs: 5000, random: () => 0.5 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect([backoff.failures, backoff.next(), backoff.next()]).toEqual([0, 0, 500]);
});

it('is never below zero or above the bound, however often it fails', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(random, { maxLength: 2000 }), (values) => {
      const backoff = createBackoff({ maxMs: 30_000, random: () => values[backoff.failures - 1] ?? 0 });
      return values.every(() => {
        const wait = backoff.next();
        return Number.isInteger(wait) && wait >= 0 && wait <= 30_000;
      });
    }),
    { numRuns: 30 },
  );
});
