/** The desktop's browser: whether it runs, on which CDP port, and its start when somebody asks for it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../../../lib/json.js';
import { sleep } from '../../../lib/wait.js';
import { GuestError } from '../../machine.js';

export interface BrowserParts {
  /** The file into which Chrome writes its port. */
  portFile: string;
  /** Opens the browser's window. Throws GuestError. */
  launch(): Promise<void>;
  signal: AbortSignal;
}

const START_DEADLINE_MS = 30_000;
/** A page that takes longer to load is none to wait for. */
const FIRST_PAGE_DEADLINE_MS = 5000;
const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2000;

/** What `/json/list` answers. */
const targetsSchema = z.array(z.object({ type: z.string(), title: z.string() }));

export class Browser {
  /** A start under way, which others join. */
  #starting: Promise<number> | null = null;
  /** Port of the browser whose first page was there. */
  #settled: number | null = null;

  readonly #parts: BrowserParts;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
  }

  /** The port on 127.0.0.1 where its CDP answers now; null when none runs. */
  async port(): Promise<number | null> {
    const text = await readFile(this.#parts.portFile, 'utf8').catch(() => '');
    const port = Number(text.split('\n')[0]);
    // The file outlives the browser.
    return Number.isInteger(port) && port > 0 && (await get(port, '/json/version')) !== null ? port : null;
  }

  /** The port of the browser, which is started when there is none, once its first page is there. Throws GuestError. */
  async start(): Promise<number> {
    const running = await this.port();
    if (running !== null && running === this.#settled) return running;
    this.#starting ??= this.#startUp(running).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #startUp(running: number | null): Promise<number> {
    const port = running ?? (await this.#launch());
    await this.#firstPage(port);
    this.#settled = port;
    return port;
  }

  async #launch(): Promise<number> {
    await this.#parts.launch();
    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const port = await this.port();
      if (port !== null) return port;
      if (performance.now() >= deadline) {
        throw new GuestError(`the browser's CDP did not answer within ${START_DEADLINE_MS / 1000} s`);
      }
      await sleep(POLL_MS, this.#parts.signal);
    }
  }

  /** Playwright attached while the first page was being made waits for it for ever. */
  async #firstPage(port: number): Promise<void> {
    const deadline = performance.now() + FIRST_PAGE_DEADLINE_MS;
    while (performance.now() < deadline) {
      const targets = parseJson((await get(port, '/json/list')) ?? '', targetsSchema) ?? [];
      // Until it has been loaded a page has no title, not even its address.
      if (targets.some(({ type, title }) => type === 'page' && title !== '')) return;
      await sleep(POLL_MS, this.#parts.signal);
    }
  }
}

/** The body of an answer with status 200, else null. */
async function get(port: number, path: string): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const text = await response.text();
    return response.ok ? text : null;
  } catch {
    return null;
  }
}
