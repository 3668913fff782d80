/**
 * What the keys of an X keyboard bear: where a character or a named key is, as pyautogui finds it, and which keys are
 * spare: free for characters that no key bears.
 */
import type { Connection } from '../display/connection.js';
import { keysymOf, NO_SYMBOL, namedKeysym } from './keysyms.js';

export interface KeyPlace {
  keycode: number;
  shifted: boolean;
}

/** Characters for which pyautogui holds shift (its `isShiftCharacter`), whatever the layout says. */
const SHIFTED = /^[A-Z~!@#$%^&*()_+{}|:"<>?]$/;
const ASCII = /^[ -~]$/;
/**
 * Keysyms (XF86keysym.h) of keys that pyautogui has no name for and that no program acts upon. Chromium reads once, when it
 * starts, which key opens what (volume, back, search): with a character on it such a key would do both.
 */
const UNUSED = new Set(
  [
    ...[
      0xff04, 0xff07, 0xff36, 0xff3c, 0xff41, 0xff42, 0xff43, 0xff44, 0xff5a, 0xff5b, 0xff5e, 0xff5f, 0xff65,
    ],
    ...[
      0xff6e, 0xff74, 0xff7f, 0xff8a, 0xff8e, 0xff93, 0xff94, 0xff96, 0xffa9, 0xffb0, 0xffb1, 0xffb2, 0xffb4,
    ],
    ...[0xffb5, 0xffb6, 0xfe23, 0x10f4, 0x10f5],
  ].map((low) => 0x1008_0000 + low),
);

/** One request changes them all, and every request makes every program read the keyboard again. */
const WORTHWHILE = 8;

/** Keys that can be written in one request: each has one level, which is written again where it is not spare. */
export interface Stretch {
  readonly first: number;
  /** The keysyms of each of its keys. */
  readonly rows: readonly (readonly number[])[];
  /** Keycodes, in order. */
  readonly spare: readonly number[];
}

export class KeyboardLayout {
  readonly stretches: readonly Stretch[];
  /** What the display no longer has of what was lent: keysyms by keycode. */
  readonly lost: ReadonlyMap<number, number>;
  readonly #first: number;
  readonly #rows: readonly (readonly number[])[];
  /** Where a keysym is: on the lowest level, then on the lowest keycode, as python-xlib looks it up. */
  readonly #lowest = new Map<number, number>();
  /** Where it is without a modifier or with shift. */
  readonly #reachable = new Map<number, KeyPlace>();

  /** `rows`: the keysyms of each keycode, from the `first` one on; `modifiers`: keycodes that set one. */
  private constructor(
    first: number,
    rows: readonly (readonly number[])[],
    modifiers: ReadonlySet<number>,
    lost: ReadonlyMap<number, number>,
  ) {
    this.#first = first;
    this.lost = lost;
    this.#rows = rows;
    for (const { keysym, keycode, level } of entries(first, rows)) {
      if (!this.#lowest.has(keysym)) this.#lowest.set(keysym, keycode);
      if (level > 1 || this.#reachable.has(keysym)) continue;
      this.#reachable.set(keysym, { keycode, shifted: level === 1 });
    }
    const stretches = stretchesOf(first, rows, modifiers);
    const long = stretches.filter(({ spare }) => spare.length >= WORTHWHILE);
    this.stretches = long.length > 0 ? long : stretches;
  }

  /** As the display has it now; a keycode that still bears what `lent` has for it is spare. */
  static async read(connection: Connection, lent: ReadonlyMap<number, number>): Promise<KeyboardLayout> {
    const { x, keycodes } = connection;
    const { first, last } = keycodes;
    const [rows, modifiers] = await Promise.all([
      connection.ask<number[][]>((done) => x.GetKeyboardMapping(first, last - first + 1, done)),
      connection.ask<number[][]>((done) => x.GetModifierMapping(done)),
    ]);
    const own = rows.map((row, index) => (row[0] === lent.get(first + index) ? [] : row));
    const lost = new Map([...lent].filter(([keycode, keysym]) => rows[keycode - first]?.[0] !== keysym));
    return new KeyboardLayout(first, own, new Set(modifiers.flat()), lost);
  }

  /** Null for a key that pyautogui does not find, and for a character that no key bears. */
  placeOf(key: string): KeyPlace | null {
    const keysym = keysymOf(key);
    if (keysym === null) return null;
    const keycode = this.#lowest.get(keysym);
    if (keycode === undefined) return null;
    if (namedKeysym(key) !== null) return { keycode, shifted: false };
    const shifted = SHIFTED.test(key);
    if (ASCII.test(key) && this.#bears(keycode, shifted, keysym)) return { keycode, shifted };
    // pyautogui would type another character, as it does for `<` on the US layout.
    return this.#reachable.get(keysym) ?? null;
  }

  /** With shift a key without a second level bears what it bears without. */
  #bears(keycode: number, shifted: boolean, keysym: number): boolean {
    const [plain, second] = this.#rows[keycode - this.#first] ?? [];
    return (shifted ? second || plain : plain) === keysym;
  }
}

function isUnused(keysym: number): boolean {
  return keysym === NO_SYMBOL || UNUSED.has(keysym);
}

/** Programs that bind a key for themselves, as xdotool does, take the first free one: it stays theirs. */
function stretchesOf(
  first: number,
  rows: readonly (readonly number[])[],
  modifiers: ReadonlySet<number>,
): Stretch[] {
  const stretches: (Stretch & { spare: number[]; rows: (readonly number[])[] })[] = [];
  for (const [index, row] of rows.entries()) {
    const keycode = first + index;
    if (index === 0 || modifiers.has(keycode) || (row[1] && !row.every(isUnused))) continue;
    let last = stretches.at(-1);
    if (!last || last.first + last.rows.length !== keycode) {
      last = { first: keycode, rows: [], spare: [] };
      stretches.push(last);
    }
    last.rows.push(row);
    if (row.every(isUnused)) last.spare.push(keycode);
  }
  return stretches;
}

/** Level by level. */
function* entries(first: number, rows: readonly (readonly number[])[]) {
  const levels = Math.max(0, ...rows.map((row) => row.length));
  for (let level = 0; level < levels; level += 1) {
    for (const [index, row] of rows.entries()) {
      const keysym = row[level] ?? NO_SYMBOL;
      if (keysym !== NO_SYMBOL) yield { keysym, keycode: first + index, level };
    }
  }
}
