/** The connections of those who watch a desktop: a paused one would show them nothing, not even a page. */
import type { Socket } from 'node:net';

export class Watchers {
  readonly #open = new Set<Socket>();
  #onChange: () => void = () => {};

  get areThere(): boolean {
    return this.#open.size > 0;
  }

  /** `listener` hears when the first one comes and when the last one goes. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  add(connection: Socket): void {
    // It was closed while somebody looked whose it is.
    if (connection.closed) return;
    this.#open.add(connection);
    connection.once('close', () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#onChange();
    });
    if (this.#open.size === 1) this.#onChange();
  }
}
