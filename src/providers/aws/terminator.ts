/** Ends instances for all envs of this process: those that are given back together end with one request. */
import { failureOf } from '../../aws/errors.js';
import type { Fleet } from '../../aws/fleet.js';
import { FreshWork } from '../../lib/once.js';
import { retry } from '../../lib/retry.js';
import type { Sleep } from '../../lib/wait.js';
import { jittered } from './pace.js';

/** About a minute in all: then whoever waits hears of it, and it is asked for again with the next that ends. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_LIMIT_MS = 30_000;

export class Terminator {
  readonly #ids = new Set<string>();
  /** Those that EC2 did not take: they cost money under a server that lives. */
  readonly #left = new Set<string>();
  readonly #work: FreshWork<void>;

  constructor({ fleet, sleep }: { fleet: Pick<Fleet, 'terminate'>; sleep: Sleep }) {
    this.#work = new FreshWork(async () => {
      const ids = [...this.#ids];
      this.#ids.clear();
      const ended = retry(() => fleet.terminate(ids, AbortSignal.timeout(REQUEST_LIMIT_MS)), {
        attempts: ATTEMPTS,
        delayMs: jittered(LONGEST_PAUSE_MS),
        isRetryable: (error) => /^(throttled|unreachable|failed)$/.test(failureOf(error)),
        // Not even a second Ctrl-C may leave it on the bill without having asked.
        ...{ signal: new AbortController().signal, sleep },
      });
      await ended.catch((error: unknown) => {
        for (const id of ids) this.#left.add(id);
        throw error;
      });
      await this.#endLeft(fleet);
    });
  }

  /** Resolves when EC2 has taken it: from then on it is not on the bill. Throws EC2's error. */
  terminate(id: string): Promise<void> {
    this.#ids.add(id);
    return this.#work.get();
  }

  /** By a request of their own: one that is refused keeps the others from ending. */
  async #endLeft(fleet: Pick<Fleet, 'terminate'>): Promise<void> {
    const ids = [...this.#left];
    if (ids.length === 0) return;
    await fleet.terminate(ids, AbortSignal.timeout(REQUEST_LIMIT_MS)).then(
      () => {
        for (const id of ids) this.#left.delete(id);
      },
      () => undefined,
    );
  }
}
