/**
 * A real desktop without a VM: an X display of its own (Xvfb), a window manager, a terminal, an editor and a browser,
 * behind OSWorld's guest agent. It sees the machine as this process does: whoever wants it kept apart starts this in there.
 */
import { posix } from 'node:path';
import { type Bind, listenAt } from '../../http/listen.js';
import { relayTo } from '../../http/relay.js';
import { StartedParts } from '../../lib/once.js';
import { startGuestAgent } from '../agent.js';
import { GuestError, type Size } from '../machine.js';
import { startWatchPage } from '../watch-page.js';
import { Browser } from './browser/browser.js';
import { startCdp } from './browser/cdp.js';
import { BROWSER_PROFILE, ON_DEMAND } from './browser/launcher.js';
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
  /**
   * Folder for unix sockets in place of ports: `agent`, `cdp`, `watch`, with `ports.vnc` of whatever number `vnc`, and in a
   * sandbox `vlc`. Whatever is put in front of them has to pass the bytes unchanged.
   */
  sockets?: string | undefined;
  /**
   * Whether this process and all that it starts are alone in process, mount and network namespaces of their own, which end
   * with it. Default false. Then the display is :0, ports of 127.0.0.1 are the desktop's own, and nobody is needed who
   * ends its programs.
   */
  sandboxed?: boolean | undefined;
  /** Folder that is the home directory. Default: this process's own where that is /home/user, else an empty one. */
  home?: string | undefined;
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
  /** Leads to VLC's HTTP interface, where one runs; null where that port is not the desktop's own. */
  readonly vlc: URL | null;
  /** The home directory. */
  readonly home: string;
  /** Aborts when it ended by itself, with the reason. */
  readonly ended: AbortSignal;
}

/** Where OSWorld's tasks have socat lead to Chrome's CDP. */
const CDP_PORT = 9222;
/** Where OSWorld's tasks have VLC serve its HTTP interface. */
const VLC_PORT = 8080;

export async function startX11Desktop(options: X11DesktopOptions): Promise<X11Desktop> {
  const { screen, home, sockets, onLog = () => undefined, ports = {}, sandboxed = false } = options;
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
    // In a network of its own a program may have that port, unless this one does.
    const hasCdpPort = !sandboxed || (sockets === undefined && ports.cdp === CDP_PORT);
    const session = await keep(startSession({ screen, home, sandboxed, hasCdpPort, signal, log }));
    const { environment } = session;
    const browser: Browser = new Browser({
      profile: posix.join(environment.HOME, BROWSER_PROFILE),
      state: session.folder.browser,
      launch: () => machine.programs.launch(['env', `${ON_DEMAND}=1`, 'google-chrome']),
      signal: lifetime.signal,
    });
    const machine = await x11Machine(session, {
      ...{ screen, browser, sandboxed, lifetime: lifetime.signal, log },
    });
    const host = options.host ?? '127.0.0.1';
    const at = (name: string, port = 0): Bind =>
      sockets === undefined ? { host, port } : { socket: posix.join(sockets, name) };
    const agent = await keep(
      startGuestAgent({ bind: at('agent', ports.agent), machine: () => machine, log }),
    );
    const cdp = await keep(startCdp(browser, at('cdp', ports.cdp)));
    const vnc =
      ports.vnc === undefined ? null : await keep(startVnc(session, { bind: at('vnc', ports.vnc), log }));
    const vlc =
      sandboxed && sockets !== undefined
        ? await keep(listenAt(relayTo({ host: '127.0.0.1', port: VLC_PORT }), at('vlc')))
        : null;
    const interactive = vnc === null ? undefined : await noVnc(vnc, { listening: host });
    const { url: pictures } = await keep(
      startWatchPage(
        () => machine.screen.screenshot(),
        async () => {},
        at('watch', ports.watch),
        interactive,
      ),
    );
    const watch = interactive?.isInteractive ? new URL(INTERACTIVE_PAGE, pictures) : pictures;
    const display = `X display ${environment.DISPLAY} ${screen.width}x${screen.height}`;
    // Where it has sockets, who started it has doors to them, and names those.
    const where = `: agent ${agent.url.href}, watch it at ${watch.href}${vnc ? `, ${vnc.url.href}` : ''}`;
    log(sockets === undefined ? display + where : display);
    return {
      agent: agent.url,
      cdp: cdp.url,
      watch,
      vnc: vnc?.url ?? null,
      vlc: vlc?.url ?? null,
      home: environment.HOME,
      ended: session.ended,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
