/** Operations of the running episode by Idempotency-Key, so that a repeated request acts once. */
import { createHash } from 'node:crypto';
import { ArpoEnvError } from '../errors.js';
import type { Operation } from './events.js';
import type { Ticket } from './operation-queue.js';

interface Entry {
  /** Operation and body. */
  fingerprint: string;
  ticket: Ticket<unknown>;
}

/** Far above the operations of one episode; bounds a client that never resets. */
const MOST = 1000;

export class OperationsByKey {
  readonly #entries = new Map<string, Entry>();

  /**
   * The operation that came with this key before, running or ended, or else the one that `submit` makes. A failed one is
   * forgotten, so that a retry tries again: after a step that may have acted the env is `failed` and acts no more.
   * Throws E_KEY_REUSED when the key came with another operation or body.
   */
  once<T>(key: string, fingerprint: string, submit: () => Ticket<T>): Ticket<T> {
    const known = this.#entries.get(key);
    if (known && known.fingerprint !== fingerprint) throw keyReused(key);
    // The fingerprint names the operation, and with it T.
    if (known) return known.ticket as Ticket<T>;
    const ticket = submit();
    const entry = { fingerprint, ticket };
    this.#entries.set(key, entry);
    ticket.outcome.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    this.#forgetOldest();
    return ticket;
  }

  /** Called when an episode begins: what has ended belongs to the one before. */
  forgetEnded(): void {
    for (const [key, { ticket }] of this.#entries) if (ticket.hasEnded) this.#entries.delete(key);
  }

  #forgetOldest(): void {
    for (const [key, { ticket }] of this.#entries) {
      if (this.#entries.size <= MOST) return;
      if (ticket.hasEnded) this.#entries.delete(key);
    }
  }
}

/** Tells operations with their bodies apart. Throws E_TASK_INVALID for a body nested too deeply to be written down. */
export function fingerprintOf(operation: Operation, body: unknown): string {
  try {
    return `${operation} ${createHash('sha256').update(JSON.stringify(body)).digest('base64')}`;
  } catch (cause) {
    const problem = { message: 'the task config is nested too deeply', fix: 'send a task of OSWorld' };
    throw new ArpoEnvError({ code: 'E_TASK_INVALID', ...problem }, { cause });
  }
}

function keyReused(key: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_KEY_REUSED',
    message: `Idempotency-Key ${JSON.stringify(key)} was used before in this episode for another operation or body`,
    fix: 'make a new key for each request, and repeat it only with the same request',
  });
}
