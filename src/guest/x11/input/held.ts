/** What is down on the display, whoever pressed it: keys by their keycodes, mouse buttons by their numbers. */
import type { Connection } from '../display/connection.js';

interface Down {
  keycodes: readonly number[];
  buttons: readonly number[];
}

const NOW = 0;
/** In the state of the pointer, behind the modifiers. */
const BUTTON_1_BIT = 8;
const BUTTONS = [1, 2, 3, 4, 5];

export class Held {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async now(): Promise<Down> {
    const { x, root } = this.#connection;
    const [keymap, { keyMask }] = await Promise.all([
      this.#connection.ask<Buffer>((done) => x.QueryKeymap(done)),
      this.#connection.ask<{ keyMask: number }>((done) => x.QueryPointer(root, done)),
    ]);
    const isDown = (keycode: number) => (((keymap[keycode >> 3] ?? 0) >> (keycode & 7)) & 1) === 1;
    return {
      keycodes: Array.from({ length: keymap.length * 8 }, (_unused, keycode) => keycode).filter(isDown),
      buttons: BUTTONS.filter((button) => ((keyMask >> (BUTTON_1_BIT + button - 1)) & 1) === 1),
    };
  }

  /** When `work` fails, for example because it was killed, what it has pressed is let go for it. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    const before = await this.now();
    try {
      return await work();
    } catch (error) {
      await this.restore(before);
      throw error;
    }
  }

  /** Lets go what has come down since. */
  async restore(before: Down): Promise<void> {
    const { test } = this.#connection.extensions;
    const { keycodes, buttons } = await this.now();
    const release = (type: number, detail: number) => test.FakeInput(type, detail, NOW, 0, 0, 0);
    for (const keycode of keycodes) if (!before.keycodes.includes(keycode)) release(test.KeyRelease, keycode);
    for (const button of buttons) if (!before.buttons.includes(button)) release(test.ButtonRelease, button);
    await this.#connection.sync();
  }
}
