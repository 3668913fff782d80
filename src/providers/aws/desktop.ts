/** An instance that is a desktop: reached at its own address, terminated when it is given back. */
import type { Fleet } from '../../aws/fleet.js';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { messageOf } from '../../lib/errno.js';
import { once } from '../../lib/once.js';
import type { Desktop } from '../provider.js';
import type { Watched } from './watch.js';

/** Ports of OSWorld's AMI; the page to watch is noVNC (providers.md §4). */
const PORTS = { agent: 5000, cdp: 9222, watch: 5910, vlc: 8080 } as const;

/** Whoever waits for a log waits five seconds. */
const LOG_LIMIT_MS = 4500;

export interface InstanceDesktopOptions {
  fleet: Pick<Fleet, 'consoleOutput' | 'statusChecks'>;
  watched: Watched;
  address: string;
  /** Resolves when it is not on the bill any more. */
  end: () => Promise<void>;
}

export class InstanceDesktop implements Desktop {
  readonly id: string;
  readonly endpoints: DesktopEndpoints;
  readonly gone: AbortSignal;
  readonly #options: InstanceDesktopOptions;
  readonly #end: () => Promise<void>;

  constructor(options: InstanceDesktopOptions) {
    const { watched, address } = options;
    const at = (port: number, path = '/') => new URL(`http://${address}:${port}${path}`);
    this.#options = options;
    this.id = watched.seen.id;
    this.endpoints = {
      agent: at(PORTS.agent),
      cdp: at(PORTS.cdp),
      watch: at(PORTS.watch, '/vnc.html'),
      vlc: at(PORTS.vlc),
    };
    this.gone = watched.gone;
    this.#end = once(async () => {
      await options.end();
      watched[Symbol.dispose]();
    });
  }

  /** Its clock cannot be stopped: an instance that is stopped takes minutes to come back. */
  async pause(): Promise<void> {}

  async resume(): Promise<void> {}

  /** Nothing brings a disk back in less time than a new instance takes. */
  async restore(): Promise<'replaced'> {
    return 'replaced';
  }

  /** What its console said, and at the end what EC2 thinks of it. */
  async logs(tail: number): Promise<string> {
    if (tail <= 0) return '';
    const { fleet, watched } = this.#options;
    const signal = AbortSignal.timeout(LOG_LIMIT_MS);
    const [said, checks] = await Promise.all([
      fleet
        .consoleOutput(this.id, signal)
        .catch((error: unknown) => `(no console output: ${messageOf(error)})`),
      fleet.statusChecks(this.id, signal).then(
        (found) =>
          found === null
            ? 'EC2 has no status checks of it'
            : `system status check ${found.system}, instance status check ${found.instance}`,
        (error: unknown) => `no status checks: ${messageOf(error)}`,
      ),
    ]);
    const lines = said.trim() === '' ? ['(its console has said nothing yet)'] : said.trimEnd().split(/\r?\n/);
    const { state } = watched.seen;
    return [...lines, `(${this.id} is ${state}; ${checks})`].slice(-tail).join('\n');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}
