/** The windows that a person sees, by the window manager's hints (EWMH 1.5). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Geometry } from 'x11';
import { GuestError, type GuestWindow, type GuestWindows } from '../machine.js';
import { type Connection, XError } from './display/connection.js';

/** EWMH: messages of a pager are carried out, those of applications may be taken for focus stealing. */
const SOURCE_PAGER = 2;
const CURRENT_TIME = 0;
const ACTIVATION_DEADLINE_MS = 2000;
const POLL_MS = 5;

export class X11Windows implements GuestWindows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async list(): Promise<GuestWindow[]> {
    const clients = await this.#clients();
    const areDocks = await Promise.all(clients.map((id) => this.#isDock(id)));
    const ids = clients.filter((_id, index) => !areDocks[index]);
    const windows = await Promise.all(ids.map((id) => this.#describe(id)));
    return windows.filter((window) => window !== null);
  }

  async activate(id: string): Promise<void> {
    const window = Number(id);
    await this.#tell(window, '_NET_ACTIVE_WINDOW', [SOURCE_PAGER, CURRENT_TIME, 0, 0, 0]);
    // What is typed next shall go there.
    const deadline = performance.now() + ACTIVATION_DEADLINE_MS;
    while ((await this.activeWindow()) !== window && (await this.#clients()).includes(window)) {
      if (performance.now() >= deadline) throw new GuestError(`window ${id} did not become active`);
      await delay(POLL_MS);
    }
  }

  async close(id: string): Promise<void> {
    await this.#tell(Number(id), '_NET_CLOSE_WINDOW', [CURRENT_TIME, SOURCE_PAGER, 0, 0, 0]);
  }

  /** Whether a window manager answers. */
  async isManaged(): Promise<boolean> {
    return (await this.#connection.property(this.#connection.root, '_NET_SUPPORTING_WM_CHECK')) !== null;
  }

  /** Whether there is a panel, which is not a window that a person would call one. */
  async hasPanel(): Promise<boolean> {
    const areDocks = await Promise.all((await this.#clients()).map((id) => this.#isDock(id)));
    return areDocks.includes(true);
  }

  /** Null when no window is active. */
  async activeWindow(): Promise<number | null> {
    const data = await this.#connection.property(this.#connection.root, '_NET_ACTIVE_WINDOW');
    return data !== null && data.length >= 4 ? data.readUInt32LE(0) || null : null;
  }

  async classOf(window: number): Promise<readonly [string, string]> {
    const data = await this.#connection.property(window, 'WM_CLASS');
    const [instance = '', name = ''] = (data?.toString('latin1') ?? '').split('\0');
    return [instance, name];
  }

  /** In the order in which they were mapped. */
  async #clients(): Promise<number[]> {
    const data = await this.#connection.property(this.#connection.root, '_NET_CLIENT_LIST');
    return words(data);
  }

  async #isDock(window: number): Promise<boolean> {
    const types = words(await this.#connection.property(window, '_NET_WM_WINDOW_TYPE'));
    return types.includes(await this.#connection.atom('_NET_WM_WINDOW_TYPE_DOCK'));
  }

  /** Null when the window has closed meanwhile. */
  async #describe(window: number): Promise<GuestWindow | null> {
    const connection = this.#connection;
    try {
      const [title, wmClass, geometry] = await Promise.all([
        this.#title(window),
        this.classOf(window),
        connection.ask<Geometry>((done) => connection.x.GetGeometry(window, done)),
      ]);
      return {
        id: `0x${window.toString(16).padStart(8, '0')}`,
        title,
        wmClass,
        size: { width: geometry.width, height: geometry.height },
      };
    } catch (error) {
      if (error instanceof XError) return null;
      throw error;
    }
  }

  async #title(window: number): Promise<string> {
    const utf8 = await this.#connection.property(window, '_NET_WM_NAME');
    if (utf8 !== null) return utf8.toString();
    return (await this.#connection.property(window, 'WM_NAME'))?.toString('latin1') ?? '';
  }

  async #tell(window: number, message: string, data: number[]): Promise<void> {
    const connection = this.#connection;
    const type = await connection.atom(message);
    await connection.ask<void>((done) =>
      connection.x.SendClientMessage(connection.root, window, type, 32, data, (error) => done(error)),
    );
  }
}

function words(data: Buffer | null): number[] {
  return Array.from(
    { length: Math.floor((data?.length ?? 0) / 4) },
    (_unused, index) => data?.readUInt32LE(index * 4) ?? 0,
  );
}
