/** Pointer and keyboard of a screen: what pyautogui code is carried out on, simulated or by XTEST. */
import type { Point } from './machine.js';

export type MouseButton = 'left' | 'middle' | 'right';

export interface Pointer {
  position(): Promise<Point>;
  /** Points outside the screen are moved to its edge. */
  moveTo(point: Point): Promise<void>;
  press(button: MouseButton): Promise<void>;
  release(button: MouseButton): Promise<void>;
  /** Wheel clicks: positive is up, and right. */
  scroll(vertical: number, horizontal: number): Promise<void>;
}

/** `key` is one character as it shall appear (the layout adds shift), or a key name of pyautogui. */
export interface Keyboard {
  /** What a program is going to press, in order; a keyboard that has to prepare keys for it does that for many at once. */
  announce(keys: readonly string[]): Promise<void>;
  /** Rejects with the signal's reason when it has to wait for a program; the key is not down then. */
  press(key: string, signal: AbortSignal): Promise<void>;
  /** Lets go what `press` pressed; nothing when that was nothing. */
  release(key: string): Promise<void>;
}

/** What is asked of them happens in order, at the latest when `done` resolves. */
export interface GuestInput {
  readonly pointer: Pointer;
  readonly keyboard: Keyboard;
  /** Resolves when all that was asked for has happened. */
  done(): Promise<void>;
}
