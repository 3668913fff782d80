/** One env's operations, strictly one after another; several callers may wait for the same one. */
import { ArpoEnvError } from '../errors.js';
import { abortable, type Deferred, deferred } from '../lib/wait.js';

/** An accepted operation. It belongs to the env: once it has begun, no caller's leaving stops it. */
export class Ticket<T> {
  readonly #work: () => Promise<T>;
  readonly #onAbandoned: () => void;
  readonly #outcome: Deferred<T> = deferred();
  #callers = 0;
  #stage: 'waiting' | 'begun' | 'ended' = 'waiting';

  constructor(work: () => Promise<T>, onAbandoned: () => void) {
    this.#work = work;
    this.#onAbandoned = onAbandoned;
    // Each caller gets the rejection from `wait`; when all have left there is nobody to tell.
    this.#outcome.promise.catch(() => undefined);
  }

  /** For those who watch without being waited for; a caller uses `wait`. */
  get outcome(): Promise<T> {
    return this.#outcome.promise;
  }

  get hasEnded(): boolean {
    return this.#stage === 'ended';
  }

  /** The outcome; rejects early with the caller's abort reason. What has not begun ends with its last caller. */
  async wait(caller?: AbortSignal): Promise<T> {
    this.#callers += 1;
    try {
      return await abortable(this.#outcome.promise, caller);
    } finally {
      this.#callers -= 1;
      if (caller?.aborted && this.#callers === 0 && this.#stage === 'waiting') this.#onAbandoned();
    }
  }

  /** Carries the work out. Never rejects: the callers of `wait` get the outcome. */
  async begin(): Promise<void> {
    this.#stage = 'begun';
    try {
      this.#outcome.resolve(await this.#work());
    } catch (error) {
      this.#outcome.reject(error);
    }
    this.#stage = 'ended';
  }

  /** Ends it before it has begun. */
  cancel(reason: ArpoEnvError): void {
    this.#stage = 'ended';
    this.#outcome.reject(reason);
  }
}

export class OperationQueue {
  readonly #name: string;
  readonly #limit: number;
  #waiting: Ticket<unknown>[] = [];
  #running: Ticket<unknown> | undefined;
  #idle = Promise.resolve();
  #closed = false;

  /** At most `limit` operations wait behind the one that runs. */
  constructor(name: string, limit: number) {
    this.#name = name;
    this.#limit = limit;
  }

  /** How many operations wait behind the one that runs. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The operation accepted last, as long as it has not ended. */
  get last(): Ticket<unknown> | undefined {
    return this.#waiting.at(-1) ?? this.#running;
  }

  /** Throws E_BUSY when the queue is full and E_INTERRUPTED after `close`. */
  submit<T>(work: () => Promise<T>): Ticket<T> {
    if (this.#closed) throw shuttingDown();
    if (this.#running && this.#waiting.length >= this.#limit) {
      throw new ArpoEnvError({
        code: 'E_BUSY',
        message: `${this.#name} already has ${this.#waiting.length} operations waiting, its limit`,
        fix: 'let one client talk to one env, or retry after the time in Retry-After; `--envs N` serves more clients',
      });
    }
    const ticket: Ticket<T> = new Ticket(work, () => this.#drop(ticket));
    this.#waiting.push(ticket);
    if (!this.#running) this.#idle = this.#drain();
    return ticket;
  }

  /** Cancels what waits; resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const ticket of this.#waiting.splice(0)) ticket.cancel(shuttingDown());
    await this.#idle;
  }

  async #drain(): Promise<void> {
    for (let ticket = this.#waiting.shift(); ticket; ticket = this.#waiting.shift()) {
      this.#running = ticket;
      await ticket.begin();
      this.#running = undefined;
    }
  }

  #drop(ticket: Ticket<unknown>): void {
    this.#waiting = this.#waiting.filter((other) => other !== ticket);
    ticket.cancel(interrupted('every client that waited for it hung up'));
  }
}

function shuttingDown(): ArpoEnvError {
  return interrupted('the env server is shutting down');
}

function interrupted(message: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_INTERRUPTED', message, fix: 'send the request again' });
}
