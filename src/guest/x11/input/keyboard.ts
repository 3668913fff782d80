/**
 * The keyboard, by XTEST. A character is the key that bears it, with shift where it needs that; one that no key bears is
 * put on a spare key.
 */
import type { Keyboard } from '../../input.js';
import type { Connection } from '../display/connection.js';
import { keysymOf, namedKeysym } from './keysyms.js';
import { KeyboardLayout, type KeyPlace } from './layout.js';
import { Receivers } from './receivers.js';
import { SpareKeys } from './spare-keys.js';

const NOW = 0;
const SHIFT_MASK = 1;
const MAPPING_NOTIFY = 34;

export class X11Keyboard implements Keyboard {
  readonly #connection: Connection;
  readonly #receivers: Receivers;
  readonly #spare: SpareKeys;
  #layout: KeyboardLayout;
  /** Whether somebody has changed the layout since it was read. */
  #isStale = false;
  /** The keycode that each key which is down went to. */
  readonly #pressed = new Map<string, number>();
  /** Keysyms that will be typed and that no key bears, in order. */
  #coming: number[] = [];

  private constructor(connection: Connection, layout: KeyboardLayout, receivers: Receivers) {
    this.#connection = connection;
    this.#receivers = receivers;
    this.#spare = new SpareKeys(connection, receivers);
    this.#layout = layout;
    this.#spare.use(layout);
    connection.x.on('event', (event) => {
      if (event.type === MAPPING_NOTIFY) this.#isStale = true;
    });
  }

  static async open(connection: Connection, receivers?: Receivers): Promise<X11Keyboard> {
    const layout = await KeyboardLayout.read(connection, new Map());
    return new X11Keyboard(connection, layout, receivers ?? (await Receivers.open(connection)));
  }

  async announce(keys: readonly string[]): Promise<void> {
    if (this.#isStale) {
      this.#isStale = false;
      this.#layout = await KeyboardLayout.read(this.#connection, this.#spare.lent);
      this.#spare.use(this.#layout);
    }
    this.#coming = keys.flatMap((key) => this.#spareKeysym(key) ?? []);
    if (this.#coming.length > 0) await this.#receivers.begin();
  }

  async press(key: string, signal: AbortSignal): Promise<void> {
    const place = this.#layout.placeOf(key) ?? (await this.#spareKey(key, signal));
    if (place === null) return;
    // As pyautogui does it: shift is held for the press alone. One that is down already stays so.
    const shift = place.shifted && !(await this.#isShiftDown()) ? this.#shift() : null;
    if (shift !== null) this.#fake(shift, true);
    this.#fake(place.keycode, true);
    if (shift !== null) this.#fake(shift, false);
    this.#pressed.set(key, place.keycode);
  }

  /** Lets go what `press` pressed for this key, whatever has become of the layout since. */
  async release(key: string): Promise<void> {
    const keycode = this.#pressed.get(key) ?? this.#layout.placeOf(key)?.keycode;
    if (keycode === undefined) return;
    this.#fake(keycode, false);
    for (const [name, other] of this.#pressed) if (other === keycode) this.#pressed.delete(name);
  }

  /** Presses and releases a key that no keyboard has, for programs that were told what it means. */
  async tapKeysym(keysym: number, signal: AbortSignal): Promise<void> {
    await this.#receivers.begin();
    const keycode = await this.#take(keysym, [], signal);
    this.#fake(keycode, true);
    this.#fake(keycode, false);
    await this.#connection.sync();
  }

  /** Null for a key that pyautogui does not press either. */
  async #spareKey(key: string, signal: AbortSignal): Promise<KeyPlace | null> {
    const keysym = this.#spareKeysym(key);
    if (keysym === null) return null;
    const at = this.#coming.indexOf(keysym);
    if (at >= 0) this.#coming.splice(0, at + 1);
    return { keycode: await this.#take(keysym, this.#coming, signal), shifted: false };
  }

  #take(keysym: number, coming: readonly number[], signal: AbortSignal): Promise<number> {
    return this.#spare.take(keysym, { coming, held: new Set(this.#pressed.values()), signal });
  }

  #spareKeysym(key: string): number | null {
    return namedKeysym(key) === null && this.#layout.placeOf(key) === null ? keysymOf(key) : null;
  }

  #shift(): number | null {
    return this.#layout.placeOf('shift')?.keycode ?? null;
  }

  /** By whomever. */
  async #isShiftDown(): Promise<boolean> {
    const { x, root } = this.#connection;
    const { keyMask } = await this.#connection.ask<{ keyMask: number }>((done) => x.QueryPointer(root, done));
    return (keyMask & SHIFT_MASK) !== 0;
  }

  #fake(keycode: number, down: boolean): void {
    const { test } = this.#connection.extensions;
    test.FakeInput(down ? test.KeyPress : test.KeyRelease, keycode, NOW, 0, 0, 0);
  }
}
