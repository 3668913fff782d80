/**
 * When the screen has come to rest: the program in front has handled what it was given, nothing is drawn any more, and
 * nobody works on what will be drawn next. The display tells of what is drawn (XDamage 1.1), so that waiting costs little.
 */
import { sleep } from '../../lib/wait.js';
import { hasBegunSince, type Snapshot, snapshot, uptime, workBetween } from './activity.js';
import type { Connection } from './display/connection.js';
import type { Receivers } from './input/receivers.js';

export interface RestOptions {
  /** Milliseconds without a change. Default 250: more than menus take until they open their submenus. */
  quietMs?: number;
  /** Milliseconds that it may take: what moves for longer, as a film does, is not waited for. */
  limitMs: number;
  /**
   * Milliseconds, from when the program in front has handled what it was given, that are waited for what is not seen yet:
   * when nothing has changed since `begin`, when programs began since then and still run, and as long as any is busy.
   * Default 0.
   */
  pauseMs?: number;
  signal: AbortSignal;
}

const QUIET_MS = 250;
const NOTHING = 0;
/** Between two looks at the processes. */
const LOOK_MS = 50;
/** Processor time of all programs in two looks, beyond which they are busy. The kernel counts in steps of 10 ms. */
const BUSY_MS = 20;
/** A caret blinks for ever, and is narrower than any letter. */
const CARET = { width: 2, height: 64 };

export interface RestParts {
  connection: Connection;
  receivers: Receivers;
  /** As in X11DesktopOptions. */
  sandboxed: boolean;
}

export class ScreenRest {
  readonly #parts: RestParts;
  readonly #damage: number;
  /** Whether something was drawn since `begin`, and when something was drawn last. */
  #hasChanged = false;
  #changed = 0;
  /** When an action began, as `uptime` has it. */
  #begun = Number.POSITIVE_INFINITY;
  #waiting = 0;

  constructor(parts: RestParts) {
    this.#parts = parts;
    const { x, root, extensions } = parts.connection;
    this.#damage = x.AllocID();
    x.on('event', (event: { damage?: number; area?: { w: number; h: number } }) => {
      if (event.damage !== this.#damage) return;
      if (event.area && !isCaret(event.area)) {
        this.#hasChanged = true;
        this.#changed = performance.now();
      }
      if (this.#waiting > 0) this.#forget();
    });
    // Of this kind a large change is told that comes on top of a small one.
    extensions.damage.Create(this.#damage, root, extensions.damage.ReportLevel.BoundingBox);
  }

  /** Something is going to be done, of which the next `wait` awaits the effects. */
  begin(): void {
    this.#begun = uptime();
    this.#hasChanged = false;
    this.#forget();
  }

  /** Resolves when the screen is at rest, or when the time is up. Rejects with the signal's reason, and when the display is gone. */
  async wait({ quietMs = QUIET_MS, limitMs, pauseMs = 0, signal }: RestOptions): Promise<void> {
    const deadline = performance.now() + limitMs;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(limitMs))]);
    this.#changed = performance.now();
    this.#waiting += 1;
    this.#forget();
    try {
      let front = await this.#caughtUp(limit, signal);
      const handled = performance.now();
      const work = new Work(this.#begun, this.#parts.sandboxed);
      let worked = 0;
      for (;;) {
        const now = performance.now();
        if (pauseMs > 0 && work.goesOn()) worked = now;
        const unseen = this.#hasChanged ? Math.min(worked + quietMs, handled + pauseMs) : handled + pauseMs;
        const until = Math.min(Math.max(this.#changed + quietMs, pauseMs > 0 ? unseen : 0), deadline);
        if (now < until) {
          await sleep(Math.min(until - now, LOOK_MS), signal);
        } else if (now >= deadline || (await this.#parts.receivers.active()) === front) {
          return;
        } else {
          // A window that has come up since.
          front = await this.#caughtUp(limit, signal);
          this.#changed = performance.now();
        }
      }
    } finally {
      this.#waiting -= 1;
    }
  }

  async #caughtUp(limit: AbortSignal, signal: AbortSignal): Promise<number | null> {
    const front = await this.#parts.receivers.caughtUp(limit);
    signal.throwIfAborted();
    await this.#parts.connection.sync();
    return front;
  }

  #forget(): void {
    this.#parts.connection.extensions.damage.Subtract(this.#damage, NOTHING, NOTHING);
  }
}

function isCaret({ w, h }: { w: number; h: number }): boolean {
  return w <= CARET.width && h <= CARET.height;
}

/** What the desktop's programs do, look by look. */
class Work {
  readonly #since: number;
  readonly #areAlone: boolean;
  #looks: readonly [Snapshot, Snapshot];

  constructor(since: number, areAlone: boolean) {
    this.#since = since;
    this.#areAlone = areAlone;
    const first = snapshot(areAlone);
    this.#looks = [first, first];
  }

  goesOn(): boolean {
    const now = snapshot(this.#areAlone);
    const [before, last] = this.#looks;
    this.#looks = [last, now];
    return workBetween(before, now) > BUSY_MS || hasBegunSince(this.#since, now);
  }
}
