/** How long the server may take for each step of the handshake; the clock stands while a person is asked. */
export class TimeLimit implements Disposable {
  /** True while a person is asked. */
  paused = false;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;
  #limitMs: number;
  readonly #onEnd: (limitMs: number) => void;

  constructor(limitMs: number, onEnd: (limitMs: number) => void) {
    this.#limitMs = limitMs;
    this.#onEnd = onEnd;
  }

  /** The server's turn. `limitMs` holds from now on, when it is more than before. */
  start(limitMs = 0): void {
    clearTimeout(this.#timer);
    if (this.#disposed) return; // a question that the end of the handshake cut short
    this.#limitMs = Math.max(this.#limitMs, limitMs);
    this.#timer = setTimeout(() => this.#onEnd(this.#limitMs), this.#limitMs);
  }

  /** Our turn, for as long as `work` takes. */
  async pauseFor<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.paused = true;
    try {
      return await work();
    } finally {
      this.paused = false;
      this.start();
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
