/** How long to wait before the next attempt: not at all after the first failure, then full jitter up to a bound. */

const FIRST_BOUND_MS = 1000;

export interface Backoff {
  /** Attempts that failed in a row. */
  readonly failures: number;
  /** Counts a failure; milliseconds to wait before trying again. */
  next(): number;
  /** The attempt was a success: the next failure is the first one again. */
  reset(): void;
}

export interface BackoffOptions {
  /** Longest wait, in milliseconds. */
  maxMs: number;
  /** Uniform in [0, 1). */
  random: () => number;
}

export function createBackoff({ maxMs, random }: BackoffOptions): Backoff {
  let failures = 0;
  return {
    get failures() {
      return failures;
    },
    next() {
      failures += 1;
      if (failures === 1) return 0;
      // Full jitter: many tunnels that lost the same cluster do not come back in step.
      const bound = Math.min(maxMs, FIRST_BOUND_MS * 2 ** (failures - 2));
      return Math.round(random() * bound);
    },
    reset() {
      failures = 0;
    },
  };
}
