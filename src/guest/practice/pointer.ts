/** The mouse of the simulated desktop. */
import type { MouseButton, Pointer } from '../input.js';
import type { Point } from '../machine.js';
import { type Control, sameControl } from './control.js';
import type { Session } from './session.js';
import { hit } from './surfaces/layer.js';

export class PracticePointer implements Pointer {
  /** What the left button went down on, while it is down. */
  #pressed: Control | null = null;
  #lastClick: { control: Control; clicks: number } | null = null;

  constructor(
    private readonly session: Session,
    private readonly shiftHeld: () => boolean,
  ) {}

  async position(): Promise<Point> {
    return this.session.pointer;
  }

  /** Clicks of different programs are never one double click, however fast the programs follow each other. */
  forgetClicks(): void {
    this.#lastClick = null;
  }

  async moveTo({ x, y }: Point): Promise<void> {
    const { width, height } = this.session.size;
    this.session.pointer = {
      x: Math.max(0, Math.min(width - 1, x)),
      y: Math.max(0, Math.min(height - 1, y)),
    };
    this.#pressed?.drag?.(this.session.pointer);
  }

  async press(button: MouseButton): Promise<void> {
    const at = this.session.pointer;
    const target = hit(this.session.layers(), at);
    if (!target) return;
    target.layer.focus();
    // The window in front has changed its controls by getting the focus.
    const control = hit(this.session.layers(), at)?.control ?? null;
    if (!control) return;
    if (button === 'left') await this.#pressLeft(control, at);
    const items = button === 'right' ? control.menu?.() : undefined;
    if (button !== 'left' && this.session.menu) this.session.closeMenu();
    if (items) this.session.showMenu(items, at);
  }

  async release(button: MouseButton): Promise<void> {
    if (button !== 'left') return;
    const pressed = this.#pressed;
    this.#pressed = null;
    const control = hit(this.session.layers(), this.session.pointer)?.control;
    if (pressed && control && sameControl(pressed, control)) await control.activate?.();
  }

  async scroll(vertical: number): Promise<void> {
    hit(this.session.layers(), this.session.pointer)?.control?.scroll?.(vertical);
  }

  async #pressLeft(control: Control, at: Point): Promise<void> {
    const again = this.#lastClick !== null && sameControl(this.#lastClick.control, control);
    const clicks = again ? (this.#lastClick?.clicks ?? 0) + 1 : 1;
    this.#lastClick = { control, clicks };
    this.#pressed = control;
    control.press?.(at, clicks, this.shiftHeld());
    if (clicks === 2) await control.open?.();
  }
}
