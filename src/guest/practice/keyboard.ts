/** The keyboard of the simulated desktop: what is held, the desktop's own shortcuts, then the active window. */
import type { Keyboard } from '../input.js';
import { type KeyStroke, type Modifier, modifierOf, strokeOf } from './keystroke.js';
import { workArea } from './layout.js';
import type { Session } from './session.js';
import { overviewKey } from './surfaces/overview.js';

export class PracticeKeyboard implements Keyboard {
  readonly #held = new Set<Modifier>();
  /** The super key went down and nothing else since: letting it go opens the overview. */
  #superAlone = false;
  /** Windows that alt+tab steps through, as they were when alt went down. */
  #switching: { order: string[]; at: number } | null = null;

  constructor(private readonly session: Session) {}

  holds(modifier: Modifier): boolean {
    return this.#held.has(modifier);
  }

  async press(key: string): Promise<void> {
    const modifier = modifierOf(key);
    this.#superAlone = modifier === 'super';
    if (modifier) {
      this.#held.add(modifier);
      return;
    }
    const stroke = strokeOf(key, this.#held);
    if (this.session.menu) await this.#menuKey(stroke);
    else if (!this.#desktopShortcut(stroke)) await this.#toFocus(stroke);
  }

  async release(key: string): Promise<void> {
    const modifier = modifierOf(key);
    if (!modifier) return;
    this.#held.delete(modifier);
    if (modifier === 'alt') this.#switching = null;
    if (modifier === 'super' && this.#superAlone) this.session.toggleOverview();
    this.#superAlone = false;
  }

  async #toFocus(stroke: KeyStroke): Promise<void> {
    const { overview, active } = this.session;
    if (overview) overviewKey(this.session, overview, stroke);
    else if (active?.application.dialog) active.application.dialog.key(stroke);
    else if (active) await active.application.key(stroke, active.area());
    else if (stroke.key === 'enter' && this.session.selectedIcon)
      this.session.open(this.session.selectedIcon);
  }

  async #menuKey({ key }: KeyStroke): Promise<void> {
    const { menu } = this.session;
    if (!menu) return;
    const count = menu.items.length;
    const chosen = menu.items[menu.chosen];
    if (key === 'escape') this.session.closeMenu();
    else if (key === 'down') menu.chosen = (menu.chosen + 1) % count;
    else if (key === 'up') menu.chosen = (Math.max(0, menu.chosen) - 1 + count) % count;
    else if (key === 'enter' && chosen) await this.session.choose(chosen);
  }

  /** Whether the desktop took the stroke for itself. */
  #desktopShortcut(stroke: KeyStroke): boolean {
    const { session } = this;
    const { active } = session;
    if (stroke.alt && stroke.key === 'tab') this.#switchWindow(stroke.shift ? -1 : 1);
    else if (stroke.alt && stroke.key === 'f4') {
      if (active) session.requestClose(active);
    } else if (stroke.control && stroke.alt && stroke.key === 't') session.launch('terminal');
    else if (stroke.super && active && stroke.key in TILES) TILES[stroke.key as keyof typeof TILES](session);
    else if (stroke.super && stroke.key === 'd') {
      for (const window of session.windows) window.minimized = true;
      session.activate(null);
    } else if (stroke.super && stroke.key === 'a') session.toggleOverview();
    else return stroke.super;
    return true;
  }

  #switchWindow(direction: -1 | 1): void {
    const { windows } = this.session;
    this.#switching ??= { order: windows.map(({ id }) => id).reverse(), at: 0 };
    const { order } = this.#switching;
    if (order.length === 0) return;
    this.#switching.at = (this.#switching.at + direction + order.length) % order.length;
    const next = windows.find(({ id }) => id === order[this.#switching?.at ?? 0]);
    if (next) this.session.activate(next);
  }
}

/** super with an arrow. */
const TILES = {
  up: (session: Session) => session.active?.fill(workArea(session.size)),
  down: (session: Session) => session.active?.restore(),
  left: (session: Session) => session.active?.fill(half(session, 0)),
  right: (session: Session) => session.active?.fill(half(session, 1)),
};

function half(session: Session, side: 0 | 1) {
  const area = workArea(session.size);
  const width = Math.floor(area.width / 2);
  return { ...area, x: area.x + side * width, width };
}
