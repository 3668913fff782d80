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
  press(key: string): Promise<void>;
  release(key: string): Promise<void>;
}

export interface GuestInput {
  readonly pointer: Pointer;
  readonly keyboard: Keyboard;
}
