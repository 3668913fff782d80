/** The keyboard of the practice desktop: what is held, the desktop's own shortcuts, then the active window. */
import type { Keyboard } from '../../input.js';
import type { Session } from '../session.js';
import { type KeyStroke, type Modifier, modifierOf, strokeOf } from './keystroke.js';

export class PracticeKeyboard implements Keyboard {
  readonly #session: Session;
  readonly #held = new Set<Modifier>();
  /** Windows that alt+tab steps through, as they were when alt went down. */
  #switching: { order: string[]; at: number } | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  holds(modifier: Modifier): boolean {
    return this.#held.has(modifier);
  }

  async announce(): Promise<void> {}

  async press(key: string): Promise<void> {
    const modifier = modifierOf(key);
    if (modifier) this.#held.add(modifier);
    else this.#stroke(strokeOf(key, this.#held));
  }

  async release(key: string): Promise<void> {
    const modifier = modifierOf(key);
    if (!modifier) return;
    this.#held.delete(modifier);
    if (modifier === 'alt') this.#switching = null;
  }

  #stroke(stroke: KeyStroke): void {
    const session = this.#session;
    const { active, selectedIcon } = session;
    session.dismissNotice();
    if (stroke.alt && stroke.key === 'tab') this.#switchWindow(stroke.shift ? -1 : 1);
    else if (active && closes(stroke)) session.requestClose(active);
    else if (active) active.editor.key(stroke, active.area());
    else if (stroke.key === 'enter' && selectedIcon) session.open(selectedIcon);
  }

  #switchWindow(direction: -1 | 1): void {
    const { windows } = this.#session;
    this.#switching ??= { order: windows.map(({ id }) => id).reverse(), at: 0 };
    const { order } = this.#switching;
    if (order.length === 0) return;
    this.#switching.at = (this.#switching.at + direction + order.length) % order.length;
    const next = windows.find(({ id }) => id === order[this.#switching?.at ?? 0]);
    if (next) this.#session.activate(next);
  }
}

function closes({ control, alt, key }: KeyStroke): boolean {
  return (alt && key === 'f4') || (control && (key === 'w' || key === 'q'));
}
