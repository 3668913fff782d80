/** The practice desktop's clock: the host's, but waiting may take less time than it says. */
import { sleep } from '../../lib/wait.js';
import type { GuestClock } from '../machine.js';

/** Node does not wait at all for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A guest that sleeps for ages shall not bring the clock to where dates end. */
const MAX_AHEAD_MS = 10 * 365 * 86_400_000;

export class PracticeClock implements GuestClock {
  readonly #host: () => Date;
  readonly #timeScale: number;
  #ahead = 0;

  /** `timeScale`: real seconds per second that is waited; 0 does not wait, the clock jumps ahead instead. */
  constructor(host: () => Date, timeScale: number) {
    this.#host = host;
    this.#timeScale = timeScale;
  }

  now(): number {
    return this.#host().getTime() + this.#ahead;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#timeScale > 0) await sleep(Math.min(ms * this.#timeScale, LONGEST_TIMER_MS), signal);
    this.#ahead = Math.min(MAX_AHEAD_MS, this.#ahead + ms * (1 - this.#timeScale));
  }
}

/** `%a %H:%M` and so on, as `date` has it, in UTC. Returns null for a field that is not known here. */
export function formatDate(ms: number, format: string): string | null {
  const date = new Date(ms);
  const [iso, utc] = [date.toISOString(), date.toUTCString()];
  const fields: Readonly<Record<string, string>> = {
    '%': '%',
    a: utc.slice(0, 3),
    b: utc.slice(8, 11),
    d: iso.slice(8, 10),
    e: String(date.getUTCDate()).padStart(2),
    F: iso.slice(0, 10),
    H: iso.slice(11, 13),
    m: iso.slice(5, 7),
    M: iso.slice(14, 16),
    s: String(Math.floor(ms / 1000)),
    S: iso.slice(17, 19),
    T: iso.slice(11, 19),
    Y: iso.slice(0, 4),
  };
  const pieces = format
    .split(/(%.?)/s)
    .map((piece) => (piece.startsWith('%') ? fields[piece.slice(1)] : piece));
  return pieces.includes(undefined) ? null : pieces.join('');
}
