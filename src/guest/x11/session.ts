/** A desktop's programs and display from the first process to the window manager's first sign of life. */
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { StartedParts } from '../../lib/once.js';
import { onAbort, sleep } from '../../lib/wait.js';
import { GuestError, type Size } from '../machine.js';
import { makeSessionFolder, type SessionFolder } from './apps/session-folder.js';
import { type Connection, connectDisplay } from './display/connection.js';
import { Framebuffer } from './display/framebuffer.js';
import { newCookie, xauthority } from './display/xauthority.js';
import { startXvfb, X_SOCKETS } from './display/xvfb.js';
import { openPlace, type Place } from './place.js';
import { type Background, type Environment, Processes } from './processes.js';
import { X11Windows } from './windows.js';

export interface SessionOptions {
  screen: Size;
  home?: string | undefined;
  /** As in X11DesktopOptions. */
  sandboxed: boolean;
  /** As ShimOptions has it. */
  hasCdpPort: boolean;
  signal: AbortSignal;
  log(line: string): void;
}

export interface Session extends AsyncDisposable {
  readonly folder: SessionFolder;
  readonly processes: Processes;
  readonly environment: Environment;
  readonly connection: Connection;
  readonly framebuffer: Framebuffer;
  readonly windows: X11Windows;
  /** Aborts when the display or what holds everything together ended by itself. */
  readonly ended: AbortSignal;
}

const WINDOW_MANAGER_DEADLINE_MS = 15_000;
/** A desktop without its panel is one all the same. */
const PANEL_DEADLINE_MS = 5000;
const POLL_MS = 10;

/** Rejects when a part does not start; nothing is left then. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { signal, log } = options;
  const ended = new AbortController();
  const parts = new StartedParts();
  const place = parts.add(await openPlace(options));
  const whileRunning = (line: string) => {
    if (!parts.areEnding) log(line);
  };
  onAbort(place.ended, (reason) => ended.abort(reason));
  try {
    const cookie = newCookie();
    const network = options.sandboxed ? 'own' : 'shared';
    const { hasCdpPort } = options;
    const folder = await makeSessionFolder(place, { authority: xauthority(cookie), network, hasCdpPort });
    let display = '';
    const environment = () => ({
      ...variables(place, folder),
      ...(display === '' ? {} : { DISPLAY: display }),
    });
    const processes = new Processes(environment);
    // Elsewhere the place ends them, more gently.
    if (options.sandboxed) parts.add(processes);
    const { number, process } = await startXvfb(processes, {
      size: options.screen,
      authority: folder.authority,
      framebufferFolder: folder.framebuffer,
      number: options.sandboxed ? 0 : null,
      signal,
    });
    const key = xauthority(cookie, { hostname: hostname(), number });
    await writeFile(folder.authority, key, { mode: 0o600 });
    display = `:${number}`;
    void process.ended.then((how) => {
      if (!parts.areEnding) ended.abort(new GuestError(`Xvfb ended ${how}: ${process.lastLines()}`));
    });
    const connection = parts.add(
      await connectDisplay({
        socket: `${X_SOCKETS}/X${number}`,
        number,
        cookie,
        signal,
        log,
      }),
    );
    const framebuffer = parts.add(await Framebuffer.open(`${folder.framebuffer}/Xvfb_screen0`));
    const windows = new X11Windows(connection);
    const starting = { ...options, log: whileRunning };
    await startBus(processes, folder, whileRunning);
    await startWindowManager(processes, windows, folder, starting);
    const panel = await startPanel(processes, folder, whileRunning);
    if (panel !== null) await panelAppears(panel, windows, starting);
    return {
      ...{ folder, processes, connection, framebuffer, windows },
      environment: environment(),
      ended: ended.signal,
      [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

/** Nothing of this process's own environment, which may hold keys and tokens, but time zone. */
function variables({ home, path, variables }: Place, folder: SessionFolder): Environment {
  return {
    HOME: home,
    USER: 'user',
    LOGNAME: 'user',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    PATH: `${folder.bin}:${path}`,
    XAUTHORITY: folder.authority,
    XENVIRONMENT: folder.resources,
    XDG_RUNTIME_DIR: folder.runtime,
    XDG_DATA_DIRS: `${folder.share}:/usr/local/share:/usr/share`,
    XDG_SESSION_TYPE: 'x11',
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder.runtime}/bus`,
    ...(process.env.TZ ? { TZ: process.env.TZ } : {}),
    ...variables,
  };
}

/**
 * Applications find each other over it; they do without where it is not installed. After the display: what it starts gets
 * its environment.
 */
async function startBus(
  processes: Processes,
  { runtime }: SessionFolder,
  log: (line: string) => void,
): Promise<void> {
  if ((await processes.find('dbus-daemon')) === null) return;
  const bus = await processes.start([
    ...['dbus-daemon', '--session', '--nofork', '--nopidfile', '--nosyslog'],
    `--address=unix:path=${runtime}/bus`,
  ]);
  void bus.ended.then((how) => log(`dbus-daemon ended ${how}: ${bus.lastLines()}`));
}

async function startWindowManager(
  processes: Processes,
  windows: X11Windows,
  folder: SessionFolder,
  { signal, log }: SessionOptions,
): Promise<void> {
  const manager = await processes.start(['openbox', '--config-file', folder.windowManager]);
  let over: string | null = null;
  void manager.ended.then((how) => {
    over = `openbox ended ${how}: ${manager.lastLines()}`;
    log(over);
  });
  const deadline = performance.now() + WINDOW_MANAGER_DEADLINE_MS;
  while (!(await windows.isManaged())) {
    if (over !== null) throw new GuestError(over);
    if (performance.now() >= deadline) throw new GuestError('openbox did not take over the display');
    await sleep(POLL_MS, signal);
  }
}

/** After the window manager: without one tint2 sleeps for a second. Null where it is not installed: a desktop does without. */
async function startPanel(
  processes: Processes,
  { panel, cache }: SessionFolder,
  log: (line: string) => void,
): Promise<Background | null> {
  if ((await processes.find('tint2')) === null) return null;
  const started = await processes.start(['env', `XDG_CACHE_HOME=${cache}`, 'tint2', '-c', panel]);
  void started.ended.then((how) => log(`tint2 ended ${how}: ${started.lastLines()}`));
  return started;
}

/** So that the first screenshot shows it. */
async function panelAppears(
  { ended }: Background,
  windows: X11Windows,
  { signal, log }: SessionOptions,
): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const deadline = performance.now() + PANEL_DEADLINE_MS;
  while (!over && !(await windows.hasPanel())) {
    if (performance.now() >= deadline)
      return log(`tint2 did not show its panel within ${PANEL_DEADLINE_MS / 1000} s`);
    await sleep(POLL_MS, signal);
  }
}
