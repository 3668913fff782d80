/** The mouse of the practice desktop. */
import type { MouseButton, Pointer } from '../../input.js';
import type { Point } from '../../machine.js';
import { type Control, sameControl } from '../control.js';
import type { Session } from '../session.js';
import { hit } from '../surfaces/layer.js';

export class PracticePointer implements Pointer {
  readonly #session: Session;
  readonly #shiftHeld: () => boolean;
  /** What the left button went down on, while it is down. */
  #pressed: Control | null = null;
  #lastClick: { control: Control; clicks: number } | null = null;

  constructor(session: Session, shiftHeld: () => boolean) {
    this.#session = session;
    this.#shiftHeld = shiftHeld;
  }

  async position(): Promise<Point> {
    return this.#session.pointer;
  }

  /** Clicks of different programs are never one double click, however fast the programs follow each other. */
  forgetClicks(): void {
    this.#lastClick = null;
  }

  async moveTo({ x, y }: Point): Promise<void> {
    const { width, height } = this.#session.size;
    this.#session.pointer = {
      x: Math.max(0, Math.min(width - 1, x)),
      y: Math.max(0, Math.min(height - 1, y)),
    };
    this.#pressed?.drag?.(this.#session.pointer);
  }

  async press(button: MouseButton): Promise<void> {
    this.#session.dismissNotice();
    this.#target()?.layer.focus?.();
    // The window in front has changed its controls by getting the focus.
    const control = this.#target()?.control ?? null;
    if (button !== 'left' || !control) return;
    const last = this.#lastClick;
    const clicks = last && sameControl(last.control, control) ? last.clicks + 1 : 1;
    this.#lastClick = { control, clicks };
    this.#pressed = control;
    control.press?.(this.#session.pointer, clicks, this.#shiftHeld());
    if (clicks === 2) control.open?.();
  }

  async release(button: MouseButton): Promise<void> {
    if (button !== 'left') return;
    const pressed = this.#pressed;
    this.#pressed = null;
    const control = this.#target()?.control;
    if (pressed && control && sameControl(pressed, control)) control.activate?.();
  }

  async scroll(vertical: number): Promise<void> {
    this.#target()?.control?.scroll?.(vertical);
  }

  #target() {
    return hit(this.#session.layers(), this.#session.pointer);
  }
}
