/**
 * When the screen has come to rest: the program in front has handled what it was given, and nothing is drawn any more. The
 * display tells of what is drawn (XDamage 1.1), so that waiting costs nothing.
 */
import { sleep } from '../../lib/wait.js';
import type { Connection } from './display/connection.js';
import type { Receivers } from './input/receivers.js';

export interface RestOptions {
  /** Milliseconds without a change. Default 150: less than a caret takes to blink, more than a shell takes for most commands. */
  quietMs?: number;
  /** Milliseconds that it may take: what moves for longer, as a film does, is not waited for. */
  limitMs: number;
  signal: AbortSignal;
}

const QUIET_MS = 150;
const NOTHING = 0;

export class ScreenRest {
  readonly #connection: Connection;
  readonly #receivers: Receivers;

  constructor(connection: Connection, receivers: Receivers) {
    this.#connection = connection;
    this.#receivers = receivers;
  }

  /** Resolves then, or when the time is up. Rejects with the signal's reason, and when the display is gone. */
  async wait({ quietMs = QUIET_MS, limitMs, signal }: RestOptions): Promise<void> {
    const { x, root, extensions } = this.#connection;
    const { damage } = extensions;
    const deadline = performance.now() + limitMs;
    const seen = x.AllocID();
    let changed = performance.now();
    const onEvent = (event: { damage?: number }) => {
      if (event.damage !== seen) return;
      changed = performance.now();
      damage.Subtract(seen, NOTHING, NOTHING);
    };
    x.on('event', onEvent);
    damage.Create(seen, root, damage.ReportLevel.NonEmpty);
    try {
      await this.#receivers.caughtUp(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(limitMs))]));
      signal.throwIfAborted();
      await this.#connection.sync();
      for (
        let until = changed + quietMs;
        performance.now() < Math.min(until, deadline);
        until = changed + quietMs
      ) {
        await sleep(Math.min(until, deadline) - performance.now(), signal);
      }
    } finally {
      x.off('event', onEvent);
      damage.Destroy(seen);
      x.ReleaseID(seen);
    }
  }
}
