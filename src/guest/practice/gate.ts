/** Holds requests while a desktop is paused, as a paused container does: they wait, and go on when it resumes. */
import { type Deferred, deferred } from '../../lib/wait.js';

export class Gate {
  #opened: Deferred<void> | null = null;

  close(): void {
    this.#opened ??= deferred();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = null;
  }

  /** Resolves while the gate is open. */
  async pass(): Promise<void> {
    while (this.#opened) await this.#opened.promise;
  }
}
