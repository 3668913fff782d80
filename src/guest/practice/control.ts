/** A thing on the screen: how it looks, what it does when pointed at, and what a screen reader says of it. */
import type { Point } from '../machine.js';
import type { Rect } from './geometry.js';
import type { CursorShape } from './paint/cursor.js';
import type { Ink } from './paint/draw.js';

/**
 * Made again from the state of the desktop whenever that is drawn, pointed at or read; so two controls are the same when
 * role, name and place are.
 */
export interface Control {
  /** Role name of AT-SPI, e.g. `push button`. */
  role: string;
  name: string;
  bounds: Rect;
  draw(ink: Ink): void;
  states?: readonly ('focusable' | 'focused' | 'selected' | 'editable' | 'multi_line')[];
  /** What AT-SPI's text interface gives. */
  text?: string;
  cursor?: CursorShape;
  /** The left button went down on it and up again. */
  activate?(): void;
  /** The left button went down; the third click of a row has `clicks` 3. */
  press?(at: Point, clicks: number, extend: boolean): void;
  /** The pointer moved with the left button down since `press`. */
  drag?(at: Point): void;
  /** Double click. */
  open?(): void;
  /** Wheel clicks, positive is up. */
  scroll?(clicks: number): void;
}

export function sameControl(a: Control, b: Control): boolean {
  return a.role === b.role && a.name === b.name && a.bounds.x === b.bounds.x && a.bounds.y === b.bounds.y;
}
