/**
 * A real desktop without a VM: an X display of its own (Xvfb), a window manager, a terminal, an editor and a browser, kept
 * apart from the machine as far as that lets us, behind OSWorld's guest agent.
 */
import { posix } from 'node:path';
import { StartedParts } from '../../lib/once.js';
import { startGuestAgent } from '../agent.js';
import { GuestError, type Size } from '../machine.js';
import { startWatchPage } from '../watch-page.js';
import { BROWSER_PROFILE } from './apps/shims.js';
import { Browser } from './browser/browser.js';
import { startCdp } from './browser/cdp.js';
import { x11Machine } from './machine.js';
import { startSession } from './session.js';
import { INTERACTIVE_PAGE, noVnc } from './vnc/novnc.js';
import { startVnc } from './vnc/server.js';

export interface X11DesktopOptions {
  /** Pixels; also the largest size that the screen can have. */
  screen: Size;
  /** Address of all its ports. Default 127.0.0.1. */
  host?: string;
  /** Default 0 each: any free port. Without `vnc` there is no VNC server. */
  ports?: { agent?: number; cdp?: number; watch?: number; vnc?: number };
  /** Folder that becomes the home directory. Default: an empty one, in memory. */
  home?: string;
  /** Hears every line of its log. Default: nobody. */
  onLog?: (line: string) => void;
  /** Cancels the start; nothing is left behind. */
  signal?: AbortSignal;
}

/** Running; disposing it ends every process of it. */
export interface X11Desktop extends AsyncDisposable {
  readonly agent: URL;
  readonly cdp: URL;
  /** The page on which a person watches; with VNC and noVNC, with mouse and keyboard. */
  readonly watch: URL;
  readonly vnc: URL | null;
  /** The home directory, as programs in it see it. */
  readonly home: string;
  /** Whether namespaces keep it apart from the machine. */
  readonly isolated: boolean;
  /** Aborts when it ended by itself, with the reason. */
  readonly ended: AbortSignal;
}

export async function startX11Desktop(options: X11DesktopOptions): Promise<X11Desktop> {
  const { screen, onLog = () => undefined, ports = {} } = options;
  const log = (text: string) => onLog(`${new Date().toISOString()} ${text}`);
  const lifetime = new AbortController();
  const signal = options.signal ?? lifetime.signal;
  signal.throwIfAborted();
  const parts = new StartedParts();
  const dispose = () => {
    lifetime.abort(new GuestError('the desktop was stopped'));
    return parts[Symbol.asyncDispose]();
  };
  const keep = async <Part extends AsyncDisposable>(starting: Promise<Part>): Promise<Part> => {
    const part = parts.add(await starting);
    signal.throwIfAborted();
    return part;
  };
  try {
    const session = await keep(
      startSession({ screen, signal, log, ...(options.home === undefined ? {} : { home: options.home }) }),
    );
    const machine = await x11Machine(session, { screen, lifetime: lifetime.signal, log });
    const browser = new Browser({
      portFile: posix.join(
        session.enclosure.root,
        session.enclosure.home,
        BROWSER_PROFILE,
        'DevToolsActivePort',
      ),
      launch: () => machine.programs.launch(['google-chrome']),
      signal: lifetime.signal,
    });
    const at = (port = 0) => ({ host: options.host ?? '127.0.0.1', port });
    const agent = await keep(startGuestAgent({ ...at(ports.agent), machine: () => machine, log }));
    const cdp = await keep(startCdp(browser, at(ports.cdp)));
    const vnc = ports.vnc === undefined ? null : await keep(startVnc(session, { ...at(ports.vnc), log }));
    const interactive = vnc === null ? undefined : await noVnc(vnc, { listening: at().host });
    const { url: pictures } = await keep(
      startWatchPage(
        () => machine.screen.screenshot(),
        async () => {},
        at(ports.watch),
        interactive,
      ),
    );
    const watch = interactive?.isInteractive ? new URL(INTERACTIVE_PAGE, pictures) : pictures;
    const display = `X display ${machine.environment.DISPLAY} ${screen.width}x${screen.height}`;
    log(`${display}: agent ${agent.url.origin}, watch it at ${watch.href}${vnc ? `, ${vnc.url.href}` : ''}`);
    return {
      agent: agent.url,
      cdp: cdp.url,
      watch,
      vnc: vnc?.url ?? null,
      home: session.enclosure.home,
      isolated: session.enclosure.isolated,
      ended: session.ended,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
