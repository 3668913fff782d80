/** The desktop's browser: whether it runs, on which DevTools port, and its start when somebody asks for it. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { GuestError } from '../../machine.js';

export interface BrowserParts {
  /** The file into which Chrome writes its port, as this process sees it. */
  portFile: string;
  /** Opens the browser's window. Throws GuestError. */
  launch(): Promise<void>;
  signal: AbortSignal;
}

const START_DEADLINE_MS = 30_000;
const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2000;

export class Browser {
  /** A start under way, which others join. */
  #starting: Promise<number> | null = null;

  constructor(private readonly parts: BrowserParts) {}

  /** The port on 127.0.0.1 where its DevTools answer now; null when none runs. */
  async port(): Promise<number | null> {
    const text = await readFile(this.parts.portFile, 'utf8').catch(() => '');
    const port = Number(text.split('\n')[0]);
    // The file outlives the browser.
    return Number.isInteger(port) && port > 0 && (await answers(port)) ? port : null;
  }

  /** The port of the browser, which is started when there is none. Throws GuestError. */
  async start(): Promise<number> {
    const running = await this.port();
    if (running !== null) return running;
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #launch(): Promise<number> {
    await this.parts.launch();
    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const port = await this.port();
      if (port !== null) return port;
      if (performance.now() >= deadline) {
        throw new GuestError(`the browser's DevTools did not answer within ${START_DEADLINE_MS / 1000} s`);
      }
      await delay(POLL_MS, undefined, { signal: this.parts.signal });
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path: '/json/version', timeout: PROBE_TIMEOUT_MS },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
