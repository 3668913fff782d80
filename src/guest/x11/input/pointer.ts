/** The mouse, by XTEST: to programs its events are those of a device. */
import type { MouseButton, Pointer } from '../../input.js';
import type { Point } from '../../machine.js';
import type { Connection } from '../display/connection.js';

const BUTTONS: Readonly<Record<MouseButton, number>> = { left: 1, middle: 2, right: 3 };
/** The wheel is buttons on X. */
const WHEEL = { up: 4, down: 5, left: 6, right: 7 };
const NOW = 0;

export class X11Pointer implements Pointer {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async position(): Promise<Point> {
    const { x, root } = this.#connection;
    const { rootX, rootY } = await this.#connection.ask<{ rootX: number; rootY: number }>((done) =>
      x.QueryPointer(root, done),
    );
    return { x: rootX, y: rootY };
  }

  async moveTo({ x, y }: Point): Promise<void> {
    const { test } = this.#connection.extensions;
    const clamp = (value: number) => Math.max(0, Math.min(0x7fff, value));
    test.FakeInput(test.MotionNotify, 0, NOW, this.#connection.root, clamp(x), clamp(y));
  }

  async press(button: MouseButton): Promise<void> {
    this.#button(BUTTONS[button], true);
  }

  async release(button: MouseButton): Promise<void> {
    this.#button(BUTTONS[button], false);
  }

  async scroll(vertical: number, horizontal: number): Promise<void> {
    this.#turn(vertical > 0 ? WHEEL.up : WHEEL.down, vertical);
    this.#turn(horizontal > 0 ? WHEEL.right : WHEEL.left, horizontal);
  }

  #turn(wheel: number, clicks: number): void {
    for (let click = 0; click < Math.abs(clicks); click += 1) {
      this.#button(wheel, true);
      this.#button(wheel, false);
    }
  }

  #button(button: number, down: boolean): void {
    const { test } = this.#connection.extensions;
    test.FakeInput(down ? test.ButtonPress : test.ButtonRelease, button, NOW, 0, 0, 0);
  }
}
