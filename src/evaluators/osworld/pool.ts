/** Workers for evaluations: no more than so many at once, started when one is needed, and ended when none is for a while. */
import { deferred, onAbort } from '../../lib/wait.js';
import type { Worker } from './worker.js';

export interface PoolOptions {
  most: number;
  /** Milliseconds after which a worker that nobody needs is ended. */
  idleMs: number;
  start(signal: AbortSignal): Promise<Worker>;
}

/** Bytes: one that holds more is not kept waiting for the next evaluation. */
const MOST_IDLE_BYTES = 400 * 2 ** 20;

export class WorkerPool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #ending = new AbortController();
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #all = new Set<Worker>();
  readonly #waiting = new Set<() => void>();
  #places: number;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = options.most;
  }

  /** A worker for one evaluation, in the order of asking. Throws the signal's reason, or what starting one throws. */
  async take(signal: AbortSignal): Promise<Worker> {
    const either = AbortSignal.any([signal, this.#ending.signal]);
    either.throwIfAborted();
    await this.#takePlace(either);
    try {
      either.throwIfAborted();
      return this.#takeIdle() ?? (await this.#start(either));
    } catch (error) {
      this.#freePlace();
      throw error;
    }
  }

  /** `resident`: bytes that it holds. */
  async giveBack(worker: Worker, resident: number): Promise<void> {
    const isKept = worker.isUsable && resident <= MOST_IDLE_BYTES && !this.#ending.signal.aborted;
    if (isKept) this.#keep(worker);
    else await this.#endWorker(worker);
    this.#freePlace();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("OSWorld's evaluators are ending"));
    await Promise.all([...this.#all].map((worker) => this.#endWorker(worker)));
  }

  async #takePlace(signal: AbortSignal): Promise<void> {
    if (this.#places > 0) {
      this.#places -= 1;
      return;
    }
    const { promise, resolve, reject } = deferred<void>();
    this.#waiting.add(resolve);
    using _listener = onAbort(signal, (reason) => {
      if (this.#waiting.delete(resolve)) reject(reason);
    });
    await promise;
  }

  #freePlace(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#places += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }

  /** The one that was used last: its pages are in memory, and others may end. */
  #takeIdle(): Worker | undefined {
    for (const [worker, timer] of [...this.#idle].toReversed()) {
      clearTimeout(timer);
      this.#idle.delete(worker);
      if (worker.isUsable) return worker;
      void this.#endWorker(worker);
    }
    return undefined;
  }

  async #start(signal: AbortSignal): Promise<Worker> {
    const worker = await this.#options.start(signal);
    this.#all.add(worker);
    // The pool ended while it started.
    if (this.#ending.signal.aborted) await this.#endWorker(worker);
    signal.throwIfAborted();
    return worker;
  }

  #keep(worker: Worker): void {
    const timer = setTimeout(() => {
      this.#idle.delete(worker);
      void this.#endWorker(worker);
    }, this.#options.idleMs);
    timer.unref();
    this.#idle.set(worker, timer);
  }

  async #endWorker(worker: Worker): Promise<void> {
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    await worker[Symbol.asyncDispose]();
    this.#all.delete(worker);
  }
}
