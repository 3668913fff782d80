/**
 * Spare keys lend themselves to characters that no key bears, as an input method would. A program looks up which character
 * a key bears when it handles the event, so a key gets another one only when whoever got the last one has handled it.
 */
import { GuestError } from '../../machine.js';
import type { Connection } from '../display/connection.js';
import { NO_SYMBOL } from './keysyms.js';
import type { KeyboardLayout, Stretch } from './layout.js';
import type { Audience, Receivers } from './receivers.js';

interface SpareKey {
  readonly keycode: number;
  keysym: number;
  /** Who got it and may not have handled it yet; null for nobody. */
  typedInto: Set<Audience> | null;
}

export interface TakeOptions {
  /** What will be wanted after it: bound in the same go. */
  coming: readonly number[];
  /** Keycodes that are down. */
  held: ReadonlySet<number>;
  signal: AbortSignal;
}

export class SpareKeys {
  readonly #connection: Connection;
  readonly #receivers: Receivers;
  #keys: SpareKey[] = [];
  #stretches: readonly Stretch[] = [];
  #binding: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, receivers: Receivers) {
    this.#connection = connection;
    this.#receivers = receivers;
  }

  /** Which keysym each keycode bears. */
  get lent(): Map<number, number> {
    const bound = this.#keys.filter(({ keysym }) => keysym !== NO_SYMBOL);
    return new Map(bound.map(({ keycode, keysym }) => [keycode, keysym]));
  }

  /**
   * The keys there are now; one that somebody else has bound meanwhile is not among them, and one that bears nothing any more,
   * as after `setxkbmap`, is free.
   */
  use({ stretches, lost }: KeyboardLayout): void {
    for (const key of this.#keys) if (lost.get(key.keycode) === key.keysym) key.keysym = NO_SYMBOL;
    const known = new Map(this.#keys.map((key) => [key.keycode, key]));
    this.#stretches = stretches;
    this.#keys = stretches
      .flatMap(({ spare }) => spare)
      .map((keycode) => known.get(keycode) ?? { keycode, keysym: NO_SYMBOL, typedInto: null });
  }

  /**
   * The keycode of a keysym, to be typed at once. Rejects with the signal's reason, and when a program does not handle what
   * it got.
   */
  async take(keysym: number, options: TakeOptions): Promise<number> {
    const bound = this.#keys.find((key) => key.keysym === keysym);
    if (bound) return this.#typed(bound);
    // One at a time: two characters must not get the same key.
    const taking = this.#binding.then(async () => {
      options.signal.throwIfAborted();
      return this.#typed(
        this.#keys.find((key) => key.keysym === keysym) ?? (await this.#bind(keysym, options)),
      );
    });
    this.#binding = taking.catch(() => undefined);
    return taking;
  }

  #typed(key: SpareKey): number {
    key.typedInto ??= new Set();
    key.typedInto.add(this.#receivers.audience);
    return key.keycode;
  }

  async #bind(keysym: number, { coming, held, signal }: TakeOptions): Promise<SpareKey> {
    const most = Math.max(1, this.#keys.length - held.size);
    const wanted = new Set([...new Set([keysym, ...coming])].slice(0, most));
    const free = () =>
      this.#keys.filter((key) => !key.typedInto && !held.has(key.keycode) && !wanted.has(key.keysym));
    if (free().length === 0) await this.#settle(signal);
    const missing = [...wanted].filter((one) => !this.#keys.some((key) => key.keysym === one));
    // Unbound ones first: what was typed once is often typed again.
    const isBound = (key: SpareKey) => Number(key.keysym !== NO_SYMBOL);
    const [first, ...others] = free()
      .sort((a, b) => isBound(a) - isBound(b))
      .slice(0, missing.length);
    if (!first) throw new GuestError('no key of this keyboard is free for a character that no key bears');
    const keys = [first, ...others];
    for (const [index, key] of keys.entries()) key.keysym = missing[index] ?? NO_SYMBOL;
    await this.#tell(keys);
    await this.#receivers.noticed(signal);
    return first;
  }

  /** Afterwards all keys are free, but those that were typed meanwhile. */
  async #settle(signal: AbortSignal): Promise<void> {
    const before = this.#keys.flatMap((key) => (key.typedInto ? [{ key, audiences: key.typedInto }] : []));
    for (const { key } of before) key.typedInto = null;
    try {
      await this.#receivers.handled(new Set(before.flatMap(({ audiences }) => [...audiences])), signal);
    } catch (error) {
      for (const { key, audiences } of before)
        key.typedInto = new Set([...audiences, ...(key.typedInto ?? [])]);
      throw error;
    }
  }

  /** As far as the keys reach, of each stretch. */
  async #tell(keys: readonly SpareKey[]): Promise<void> {
    const { x } = this.#connection;
    const bearing = this.lent;
    const requests = this.#stretches.flatMap(({ first, rows }) => {
      const changed = keys.map(({ keycode }) => keycode - first).filter((index) => index in rows);
      if (changed.length === 0) return [];
      const begin = Math.min(...changed);
      const keysyms = rows.slice(begin, Math.max(...changed) + 1).flatMap((row, index) => {
        const keysym = bearing.get(first + begin + index);
        return keysym === undefined ? [row[0] ?? NO_SYMBOL, NO_SYMBOL] : [keysym, keysym];
      });
      return this.#connection.ask<void>((done) =>
        x.ChangeKeyboardMapping(first + begin, 2, keysyms, (error) => done(error)),
      );
    });
    await Promise.all(requests);
  }
}
