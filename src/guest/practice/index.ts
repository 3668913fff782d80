/** The practice desktop as a whole: a machine, and the ports that a desktop in a VM would have. */
import { disposeOnce, StartedParts } from '../../lib/once.js';
import { startGuestAgent } from '../agent.js';
import { LogLines } from '../log-lines.js';
import type { Size } from '../machine.js';
import { startWatchPage } from '../watch-page.js';
import { startCdp } from './cdp.js';
import { Gate } from './gate.js';
import { DEFAULT_SCREEN } from './layout.js';
import { PracticeMachine } from './machine.js';

export { DESKTOP_FOLDER } from './files/home.js';
export { desktopIconCentre } from './layout.js';

export interface PracticeDesktopOptions {
  /** Pixels. Default 1920×1080. */
  screen?: Size;
  /** What time it is. Default: the host's clock. */
  now?: () => Date;
  /** Real seconds per second that guest code waits. Default 0: waiting takes no time, the desktop's clock jumps ahead. */
  timeScale?: number;
  /** Address of all its ports. Default 127.0.0.1. */
  host?: string;
  /** Default 0 each: any free port. */
  ports?: { agent?: number; cdp?: number; watch?: number };
  /** Hears every line of its log. Default: nobody. */
  onLog?: (line: string) => void;
  /** Cancels the start; nothing is left behind. */
  signal?: AbortSignal;
}

/** Running: agent, CDP and a page to watch it, each on a port of its own on 127.0.0.1. */
export interface PracticeDesktop extends AsyncDisposable {
  readonly agent: URL;
  readonly cdp: URL;
  readonly watch: URL;
  /** Requests are accepted and wait until `resume`. */
  pause(): void;
  resume(): void;
  /** Fresh files and windows at the same addresses. Resumes. */
  restore(): void;
  logs(tail: number): string;
  /** Dies without a word, as a machine that crashes: its connections break. For tests. */
  kill(): Promise<void>;
}

export async function startPracticeDesktop(options: PracticeDesktopOptions = {}): Promise<PracticeDesktop> {
  const { screen = DEFAULT_SCREEN, now = () => new Date(), timeScale = 0, signal } = options;
  const at = (port = 0) => ({ host: options.host ?? '127.0.0.1', port });
  const log = new LogLines(now, options.onLog);
  const gate = new Gate();
  const pass = () => gate.pass();
  const boot = () => new PracticeMachine({ screen, now, timeScale, log: (line) => log.add(line) });
  let machine = boot();
  const servers = new StartedParts();
  const end = disposeOnce(async () => {
    gate.open();
    machine[Symbol.dispose]();
    await servers[Symbol.asyncDispose]();
  });
  const start = async <Server extends AsyncDisposable>(starting: Promise<Server>): Promise<Server> => {
    const server = servers.add(await starting);
    signal?.throwIfAborted();
    return server;
  };
  try {
    signal?.throwIfAborted();
    const agent = await start(
      startGuestAgent({
        bind: at(options.ports?.agent),
        machine: () => machine,
        gate: pass,
        log: (line) => log.add(line),
      }),
    );
    const cdp = await start(startCdp(pass, at(options.ports?.cdp)));
    const watch = await start(
      // Whoever watches sees what there is, also between the steps.
      startWatchPage(
        () => machine.screen.screenshot(),
        async () => {},
        at(options.ports?.watch),
      ),
    );
    log.add(
      `practice desktop ${screen.width}x${screen.height}: agent ${agent.url.origin}, watch it at ${watch.url.href}`,
    );
    return {
      agent: agent.url,
      cdp: cdp.url,
      watch: watch.url,
      pause: () => gate.close(),
      resume: () => gate.open(),
      restore() {
        machine[Symbol.dispose]();
        machine = boot();
        gate.open();
        log.add('restored to its initial state');
      },
      logs: (tail) => log.tail(tail),
      async kill() {
        log.add('killed');
        await end[Symbol.asyncDispose]();
      },
      ...end,
    };
  } catch (error) {
    await end[Symbol.asyncDispose]();
    throw error;
  }
}
