/** The desktop's browser: whether it runs, on which CDP port, and its start when somebody asks for it. */
import { readFile, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { sleep } from '../../../lib/wait.js';
import { GuestError } from '../../machine.js';
import { EmptyTab } from './empty-tab.js';
import { firstPaint } from './first-paint.js';
import { browserId, pages } from './targets.js';

export interface BrowserParts {
  /** Its profile's folder. */
  profile: string;
  /** Folder that its launches share (launcher.ts). */
  state: string;
  /** Opens the browser's window on demand: does nothing where one is open or about to. Throws GuestError. */
  launch(): Promise<void>;
  signal: AbortSignal;
}

interface Running {
  port: number;
  /** Another one's is another. */
  id: string;
}

const START_DEADLINE_MS = 30_000;
/** One that was on its way out as the start came in is gone a little later. */
const LAUNCH_EVERY_MS = 2000;
/** A page that takes longer to load is none to wait for. */
const FIRST_PAGE_DEADLINE_MS = 5000;
const OPENED_DEADLINE_MS = 8000;
const POLL_MS = 50;

export class Browser {
  /** A start under way, which others join. */
  #starting: Promise<Running> | null = null;
  /** The browser whose first page was there. */
  #settled: string | null = null;
  readonly #emptyTab: EmptyTab;

  readonly #parts: BrowserParts;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
    this.#emptyTab = new EmptyTab(parts);
  }

  /** The port on 127.0.0.1 where its CDP answers now; null when none runs. */
  async port(): Promise<number | null> {
    return (await this.#running())?.port ?? null;
  }

  /** The port of the browser, which is started when there is none, once its first page is there. Throws GuestError. */
  async start(): Promise<number> {
    const running = await this.#running();
    if (running !== null && running.id === this.#settled) return running.port;
    this.#starting ??= this.#startUp(running).finally(() => {
      this.#starting = null;
    });
    return (await this.#starting).port;
  }

  /**
   * Resolves with true once one runs and its first page has been painted, and with false when what was to start it has ended
   * instead. It starts none.
   */
  async opened(ended: Promise<unknown>): Promise<boolean> {
    const deadline = performance.now() + OPENED_DEADLINE_MS;
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && performance.now() < deadline) {
      const running = await this.#running();
      if (running !== null) {
        if (running.id !== this.#settled) await this.#firstPage(running.port);
        await firstPaint(running.port, FIRST_PAGE_DEADLINE_MS);
        return true;
      }
      await sleep(POLL_MS, this.#parts.signal);
    }
    return false;
  }

  async #running(): Promise<Running | null> {
    const port = await this.#portOfProfile();
    const id = port === null ? null : await browserId(port);
    return port === null || id === null ? null : { port, id };
  }

  /** Of the process that holds the profile: whoever started it, and however. */
  async #portOfProfile(): Promise<number | null> {
    const { profile } = this.#parts;
    // `host-pid`; it outlives the browser.
    const holder = await readlink(posix.join(profile, 'SingletonLock')).catch(() => '');
    const pid = /-(\d+)$/.exec(holder)?.[1];
    if (pid === undefined) return null;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const asked = /--remote-debugging-port=(\d+)/.exec(commandLine)?.[1];
    if (asked === undefined) return null;
    if (asked !== '0') return Number(asked);
    const chosen = await readFile(posix.join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const port = Number(chosen.split('\n')[0]);
    return Number.isInteger(port) && port > 0 ? port : null;
  }

  async #startUp(running: Running | null): Promise<Running> {
    const browser = running ?? (await this.#launch());
    await this.#firstPage(browser.port);
    this.#emptyTab.watch(browser.port);
    this.#settled = browser.id;
    return browser;
  }

  async #launch(): Promise<Running> {
    const deadline = performance.now() + START_DEADLINE_MS;
    let next = 0;
    for (;;) {
      const running = await this.#running();
      if (running !== null) return running;
      const now = performance.now();
      if (now >= deadline) {
        throw new GuestError(`the browser's CDP did not answer within ${START_DEADLINE_MS / 1000} s`);
      }
      if (now >= next) {
        await this.#parts.launch();
        next = now + LAUNCH_EVERY_MS;
      }
      await sleep(POLL_MS, this.#parts.signal);
    }
  }

  /** Playwright attached while the first page was being made waits for it for ever. */
  async #firstPage(port: number): Promise<void> {
    const deadline = performance.now() + FIRST_PAGE_DEADLINE_MS;
    while (performance.now() < deadline) {
      // Until it has been loaded a page has no title, not even its address.
      if ((await pages(port)).some(({ title }) => title !== '')) return;
      await sleep(POLL_MS, this.#parts.signal);
    }
  }
}
