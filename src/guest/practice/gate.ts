/** Holds requests while a desktop is paused, as a frozen container does: they wait, and go on when it resumes. */
export class Gate {
  #opened: Promise<void> | null = null;
  #open: () => void = () => {};

  close(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
    this.#opened = null;
  }

  /** Resolves while the gate is open. */
  async pass(): Promise<void> {
    while (this.#opened) await this.#opened;
  }
}
