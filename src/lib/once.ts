/** Work that is done once, whoever asks and however often; and the orderly end of what was started. */
import { abortable } from './wait.js';

/** The first call's outcome for every call, a failure too. */
export function once<T>(work: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: work() };
    return made.value;
  };
}

/** Work for everybody who needs it: a success is kept, a failure is forgotten, so that the next caller tries again. */
export class Shared<T> {
  readonly #work: () => Promise<T>;
  #result: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  /** The signal ends this wait alone, with its reason; the work goes on for the others. */
  async get(signal?: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.#result ??= this.#work().catch((error: unknown) => {
      this.#result = undefined;
      throw error;
    });
    return abortable(this.#result, signal);
  }
}

/** Work that counts for those alone who asked before it began: who asks while it runs shares the next run with all others. */
export class FreshWork<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  get(): Promise<T> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const run = this.#work();
      this.#running = run.catch(() => undefined);
      return run;
    });
    return this.#next;
  }
}

type Part = AsyncDisposable | Disposable;

/** Ends all parts one after the other, also when one cannot be ended; the first error is thrown then. */
export async function disposeInOrder(parts: readonly (Part | undefined)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts) {
    try {
      if (part && Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
      else part?.[Symbol.dispose]();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** `dispose` as the end of something that may be ended more than once: it runs once, and everybody waits for that run. */
export function disposeOnce(dispose: () => Promise<void>): AsyncDisposable {
  const run = once(dispose);
  return { [Symbol.asyncDispose]: run };
}

/** What was started, ended once and in the opposite order. (Node 20 has no AsyncDisposableStack.) */
export class StartedParts implements AsyncDisposable {
  readonly #parts: Part[] = [];
  #ending: Promise<void> | undefined;

  get areEnding(): boolean {
    return this.#ending !== undefined;
  }

  add<Started extends Part>(part: Started): Started {
    this.#parts.push(part);
    return part;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ending ??= disposeInOrder(this.#parts.toReversed());
    return this.#ending;
  }
}
