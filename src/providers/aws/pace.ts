/** How fast EC2 is asked, for all desktops of this process together. */
import { doubling } from '../../lib/retry.js';
import type { Sleep } from '../../lib/wait.js';

/**
 * Bucket of RunInstances: 5 requests, and 2 more a second, for a whole account in a region (EC2 developer guide, request
 * throttling). Half of that is ours, so that others can launch too.
 */
const BURST = 3;
const REFILL_MS = 1000;

/** Takes turns: each call returns when its request may be sent. */
export class Pace {
  readonly #sleep: Sleep;
  readonly #now: () => number;
  /** When the bucket would be full again. */
  #fullAt = 0;

  constructor({ sleep, now = () => performance.now() }: { sleep: Sleep; now?: () => number }) {
    this.#sleep = sleep;
    this.#now = now;
  }

  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#now();
    this.#fullAt = Math.max(this.#fullAt, now) + REFILL_MS;
    const waitMs = this.#fullAt - now - BURST * REFILL_MS;
    if (waitMs > 0) await this.#sleep(waitMs, signal);
  }
}

/** 1 s, 2 s, 4 s … up to `maxMs`, each between its half and its whole: what failed together is not tried again together. */
export function jittered(maxMs: number, random: () => number = Math.random): (attempt: number) => number {
  const delayMs = doubling(1000, maxMs);
  return (attempt) => delayMs(attempt) * (0.5 + random() / 2);
}
