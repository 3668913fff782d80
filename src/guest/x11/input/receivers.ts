/**
 * Whether the programs to which something was typed have handled it. Those of EWMH answer a _NET_WM_PING, and in order: after
 * the keys before it. Of others it is seen that they sleep and have nothing left to read.
 */
import { readFile } from 'node:fs/promises';
import { deferred, sleep } from '../../../lib/wait.js';
import { GuestError } from '../../machine.js';
import { type Connection, XError } from '../display/connection.js';

/** Windows that were active at some time while a program typed. */
export type Audience = ReadonlySet<number>;

/** A program that is stopped or busy for so long has hung: what is typed further would be lost. */
const HANDLED_DEADLINE_MS = 20_000;
const NOTICED_DEADLINE_MS = 5000;
/** Answers of a program, whose event loop then has looked at all its connections. */
const NOTICED_TURNS = 2;
/** How often is looked whether the window is still there. */
const LOOK_MS = 250;
/** Between two looks at a process. */
const REST_MS = 20;
/** For a program of which nothing is known. */
const BLIND_REST_MS = 300;
const ACTIVE_WINDOW = '_NET_ACTIVE_WINDOW';
const PROPERTY_NOTIFY = 28;
const CLIENT_MESSAGE = 33;
/** Events of the root window: its properties change; answers to pings. */
const PROPERTY_CHANGE = 0x0040_0000;
const SUBSTRUCTURE_NOTIFY = 0x0008_0000;

export class Receivers {
  readonly #connection: Connection;
  readonly #pings = new Map<number, () => void>();
  #serial = 0;
  #audience = new Set<number>();
  #looking: Promise<unknown> = Promise.resolve();

  private constructor(connection: Connection, activeWindow: number) {
    this.#connection = connection;
    const { x, root } = connection;
    x.ChangeWindowAttributes(root, { eventMask: PROPERTY_CHANGE | SUBSTRUCTURE_NOTIFY });
    x.on('event', (event) => {
      if (event.type === CLIENT_MESSAGE) this.#answer(event.data);
      if (event.type === PROPERTY_NOTIFY && event.atom === activeWindow) this.#look();
    });
  }

  static async open(connection: Connection): Promise<Receivers> {
    return new Receivers(connection, await connection.atom(ACTIVE_WINDOW));
  }

  /** From here on another program types. */
  async begin(): Promise<void> {
    const active = await this.active();
    this.#audience = new Set(active === null ? [] : [active]);
  }

  /** Of the program that types now; it grows when the active window changes. */
  get audience(): Audience {
    return this.#audience;
  }

  /**
   * Resolves when whoever is typed to knows of a change of the keyboard. Chromium needs it: it looks characters up by way of
   * GTK, which hears of the change over a connection of its own. After a while the others, which don't, are typed to all the same.
   */
  async noticed(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(NOTICED_DEADLINE_MS)]);
    const windows = [...this.#audience];
    try {
      const answering = await Promise.all(windows.map((window) => this.#answersPing(window)));
      for (let turn = 0; turn < NOTICED_TURNS; turn += 1) {
        await Promise.all(
          windows.filter((_, index) => answering[index]).map((one) => this.#ping(one, limit)),
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.aborted && !(error instanceof XError)) throw error;
    }
  }

  /**
   * Resolves when the programs have handled what was typed before this call, as far as they are still there. Rejects with the
   * signal's reason, and when a program does not.
   */
  async handled(audiences: Iterable<Audience>, signal: AbortSignal): Promise<void> {
    await this.#connection.sync();
    await this.#looking;
    const windows = new Set([...audiences].flatMap((audience) => [...audience]));
    await Promise.all([...windows].map((window) => this.#handled(window, signal)));
  }

  /** The active window. Resolves when it has handled whatever it was given, or when the limit aborts. */
  async caughtUp(limit: AbortSignal): Promise<number | null> {
    await this.#connection.sync();
    const active = await this.active();
    try {
      if (active !== null) await this.#answered(active, limit);
    } catch (error) {
      if (!limit.aborted && !(error instanceof XError)) throw error;
    }
    return active;
  }

  async active(): Promise<number | null> {
    return words(await this.#connection.property(this.#connection.root, ACTIVE_WINDOW))[0] || null;
  }

  async #handled(window: number, signal: AbortSignal): Promise<void> {
    const late = AbortSignal.timeout(HANDLED_DEADLINE_MS);
    const limit = AbortSignal.any([signal, late]);
    try {
      await this.#answered(window, limit);
    } catch (error) {
      if (error instanceof XError) return;
      if (!late.aborted || signal.aborted) throw error;
      throw new GuestError(`a program has not handled what was typed for ${HANDLED_DEADLINE_MS / 1000} s`);
    }
  }

  async #answered(window: number, limit: AbortSignal): Promise<void> {
    await ((await this.#answersPing(window)) ? this.#ping(window, limit) : this.#idle(window, limit));
  }

  async #answersPing(window: number): Promise<boolean> {
    const protocols = words(await this.#connection.property(window, 'WM_PROTOCOLS'));
    return protocols.includes(await this.#connection.atom('_NET_WM_PING'));
  }

  /** Rejects with XError when the window goes. */
  async #ping(window: number, signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    const [type, ping] = await Promise.all([
      connection.atom('WM_PROTOCOLS'),
      connection.atom('_NET_WM_PING'),
    ]);
    this.#serial += 1;
    const serial = this.#serial;
    const answered = deferred<'answered'>();
    this.#pings.set(serial, () => answered.resolve('answered'));
    try {
      const data = [ping, serial, window, 0, 0];
      await connection.ask<void>((done) =>
        connection.x.SendClientMessage(window, window, type, 32, data, 0, (error) => done(error)),
      );
      const look = () => sleep(LOOK_MS, signal);
      while ((await Promise.race([answered.promise, look()])) !== 'answered') {
        await connection.ask((done) => connection.x.GetGeometry(window, done));
      }
    } finally {
      this.#pings.delete(serial);
    }
  }

  #answer([, serial]: readonly number[]): void {
    if (serial !== undefined) this.#pings.get(serial)?.();
  }

  /** It sleeps and has not run since the last look, with nothing on its way to it. */
  async #idle(window: number, signal: AbortSignal): Promise<void> {
    const [pid] = words(await this.#connection.property(window, '_NET_WM_PID'));
    for (let before: string | null = null; ; ) {
      // What it has asked of the display is answered, and the answer has woken it.
      await this.#connection.sync();
      await this.#connection.sync();
      const now = pid === undefined ? null : await activity(pid);
      if (now === null) return sleep(BLIND_REST_MS, signal);
      if (now.startsWith('S') && now === before) return;
      before = now;
      await sleep(REST_MS, signal);
    }
  }

  #look(): void {
    const audience = this.#audience;
    const looking = this.active().then((window) => window !== null && audience.add(window));
    // A display that is gone fails what is asked of it next.
    this.#looking = Promise.allSettled([this.#looking, looking]);
  }
}

/** State and how often it has gone to sleep (proc(5)); null for a process that cannot be seen. */
async function activity(pid: number): Promise<string | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, state, switches] = /^State:\t(\S).*^voluntary_ctxt_switches:\t(\d+)/ms.exec(status) ?? [];
  return state === undefined ? null : `${state} ${switches}`;
}

function words(data: Buffer | null): number[] {
  const count = Math.floor((data?.length ?? 0) / 4);
  return Array.from({ length: count }, (_unused, index) => data?.readUInt32LE(index * 4) ?? 0);
}
