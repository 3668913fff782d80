/** The simulated desktop's clock: the host's, but waiting may take less time than it says. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GuestClock } from '../machine.js';

export class PracticeClock implements GuestClock {
  #ahead = 0;

  /** `timeScale`: real seconds per second that is waited; 0 does not wait, the clock jumps ahead instead. */
  constructor(
    private readonly host: () => Date,
    private readonly timeScale: number,
  ) {}

  now(): number {
    return this.host().getTime() + this.#ahead;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.timeScale > 0) await delay(ms * this.timeScale, undefined, { signal });
    this.#ahead += ms * (1 - this.timeScale);
  }
}
