/**
 * The keyboard, by XTEST. A character is the key that bears it, with shift where it needs that; one that no key bears is
 * put on a spare key, as an input method would.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Keyboard } from '../../input.js';
import { GuestError } from '../../machine.js';
import type { Connection } from '../display/connection.js';
import { keysymOf } from './keysyms.js';

interface KeyPlace {
  keycode: number;
  shifted: boolean;
}

interface SpareKey {
  keycode: number;
  keysym: number | null;
  /** Milliseconds by the monotonic clock. */
  usedAt: number;
}

const SHIFTS = [0xffe1, 0xffe2];
const NOW = 0;
const NO_SYMBOL = 0;
/**
 * A program looks up which character a key bears when it handles the event: a key gets a new character only after this
 * long, in milliseconds.
 */
const REST_MS = 300;

export class X11Keyboard implements Keyboard {
  readonly #places = new Map<number, KeyPlace>();
  readonly #spare: SpareKey[];
  readonly #held = new Set<number>();
  #binding: Promise<unknown> = Promise.resolve();

  readonly #connection: Connection;

  private constructor(
    connection: Connection,
    /** The keysyms of each keycode, from the first one on. */
    layout: readonly (readonly number[])[],
  ) {
    this.#connection = connection;
    const { first } = connection.keycodes;
    for (const [level, shifted] of [
      [0, false],
      [1, true],
    ] as const) {
      layout.forEach((keysyms, index) => {
        const keysym = keysyms[level] ?? NO_SYMBOL;
        if (keysym !== NO_SYMBOL && !this.#places.has(keysym)) {
          this.#places.set(keysym, { keycode: first + index, shifted });
        }
      });
    }
    this.#spare = layout.flatMap((keysyms, index) =>
      keysyms.every((keysym) => keysym === NO_SYMBOL)
        ? [{ keycode: first + index, keysym: null, usedAt: Number.NEGATIVE_INFINITY }]
        : [],
    );
  }

  static async open(connection: Connection): Promise<X11Keyboard> {
    const { first, last } = connection.keycodes;
    const layout = await connection.ask<number[][]>((done) =>
      connection.x.GetKeyboardMapping(first, last - first + 1, done),
    );
    return new X11Keyboard(connection, layout);
  }

  async press(key: string): Promise<void> {
    const { keycode, shifted } = await this.#place(keysymOrThrow(key));
    // As pyautogui does it: shift is held for the press alone.
    const shift = shifted && !this.#shiftHeld() ? await this.#place(SHIFTS[0] ?? NO_SYMBOL) : null;
    if (shift) this.#fake(shift.keycode, true);
    this.#fake(keycode, true);
    if (shift) this.#fake(shift.keycode, false);
    this.#held.add(keycode);
    await this.#connection.sync();
  }

  async release(key: string): Promise<void> {
    const { keycode } = await this.#place(keysymOrThrow(key));
    this.#fake(keycode, false);
    this.#held.delete(keycode);
    await this.#connection.sync();
  }

  /** Presses and releases a key that no keyboard has, for programs that were told what it means. */
  async tapKeysym(keysym: number): Promise<void> {
    const { keycode } = await this.#place(keysym);
    this.#fake(keycode, true);
    this.#fake(keycode, false);
    await this.#connection.sync();
  }

  #shiftHeld(): boolean {
    return SHIFTS.some((keysym) => this.#held.has(this.#places.get(keysym)?.keycode ?? -1));
  }

  async #place(keysym: number): Promise<KeyPlace> {
    const place = this.#places.get(keysym);
    if (place) return place;
    // One at a time: two characters must not get the same spare key.
    const bound = this.#binding.then(() => this.#bind(keysym));
    this.#binding = bound.catch(() => undefined);
    return bound;
  }

  async #bind(keysym: number): Promise<KeyPlace> {
    const free = this.#spare.filter(({ keycode }) => !this.#held.has(keycode));
    const spare = free.find((key) => key.keysym === keysym) ?? free.sort((a, b) => a.usedAt - b.usedAt)[0];
    if (!spare) throw new GuestError('no key of this keyboard is free for a character that no key bears');
    if (spare.keysym !== keysym) {
      await delay(Math.max(0, spare.usedAt + REST_MS - performance.now()));
      const { x } = this.#connection;
      await this.#connection.ask<void>((done) =>
        x.ChangeKeyboardMapping(spare.keycode, 2, [keysym, keysym], (error) => done(error)),
      );
      spare.keysym = keysym;
    }
    spare.usedAt = performance.now();
    return { keycode: spare.keycode, shifted: false };
  }

  #fake(keycode: number, down: boolean): void {
    const { test } = this.#connection.extensions;
    test.FakeInput(down ? test.KeyPress : test.KeyRelease, keycode, NOW, 0, 0, 0);
  }
}

function keysymOrThrow(key: string): number {
  const keysym = keysymOf(key);
  if (keysym === null) throw new GuestError(`an X keyboard has no key '${key}'`);
  return keysym;
}
