/** A desktop by the name of its screen: what `arpo-env guest` runs. */

import { resolve } from 'node:path';
import { ArpoEnvError, type Problem } from '../errors.js';
import { isLoopback } from '../lib/addresses.js';
import { messageOf } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';
import { makeFolder } from '../lib/make-folder.js';
import { onAbort } from '../lib/wait.js';
import { GuestError, type Size } from './machine.js';
import type { X11Desktop } from './x11/index.js';

export interface GuestPorts {
  agent: number;
  cdp: number;
  watch: number;
  /** Absent: no VNC server. */
  vnc?: number;
}

export interface GuestOptions {
  /** `sim` or `x11`. */
  kind: string;
  screen: Size;
  host: string;
  ports: GuestPorts;
  /** These three on x11, as X11DesktopOptions has them. */
  home?: string | undefined;
  sockets?: string | undefined;
  sandboxed?: boolean | undefined;
  /** On x11: no sandbox. Default false: it gets one, unless it is in one already. */
  unconfined?: boolean | undefined;
  signal: AbortSignal;
  onLog(line: string): void;
}

const UNCONFINED = 'arpo-env guest --screen x11 --unconfined';

/** As an X desktop; `ended` aborts with an ArpoEnvError. */
export type RunningGuest = X11Desktop;

/** Throws E_USAGE, E_PORT_IN_USE, E_NO_PERMISSION, E_PROVIDER_UNAVAILABLE or E_BOOT_FAILED. */
export async function startGuest(options: GuestOptions): Promise<RunningGuest> {
  const starters: Record<string, (options: GuestOptions) => Promise<RunningGuest>> = { sim, x11 };
  const start = Object.hasOwn(starters, options.kind) ? starters[options.kind] : undefined;
  if (!start)
    throw usage(
      `there is no screen ${options.kind}`,
      `--screen ${Object.keys(starters).join(' or --screen ')}`,
    );
  return start(options).catch((error: unknown) => {
    throw withItsFlag(error, options.ports);
  });
}

const FLAGS = { agent: '--port', cdp: '--cdp-port', watch: '--watch-port', vnc: '--vnc-port' };

/** A server that cannot listen says --port, which is another one's here. */
function withItsFlag(error: unknown, ports: GuestPorts): unknown {
  if (!(error instanceof ArpoEnvError)) return error;
  const { code, message, fix, cause } = error;
  const port = cause instanceof Error && 'port' in cause ? cause.port : undefined;
  const names = ['agent', 'cdp', 'watch', 'vnc'] as const;
  const name = names.find((each) => port !== undefined && ports[each] === port);
  if (name === undefined) return error;
  return new ArpoEnvError({ code, message, fix: fix.replace(/--port$/, FLAGS[name]) }, { cause });
}

async function sim(options: GuestOptions): Promise<RunningGuest> {
  const { screen, host, ports, home, sockets, sandboxed, signal, onLog } = options;
  if (home !== undefined || ports.vnc !== undefined || sockets !== undefined || sandboxed) {
    throw usage('the practice desktop has no folder as its home, no VNC and no sockets', 'add --screen x11');
  }
  const { startPracticeDesktop } = await import('./practice/index.js');
  // Waiting is real in here: whoever trains on it sees the time that a real desktop takes.
  const desktop = await startPracticeDesktop({ screen, timeScale: 1, host, ports, signal, onLog });
  const { agent, cdp, watch } = desktop;
  return {
    ...{ agent, cdp, watch, vnc: null, vlc: null, home: '/home/user' },
    ended: new AbortController().signal,
    [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
  };
}

async function x11(options: GuestOptions): Promise<RunningGuest> {
  const { describeMissing, missingX11Programs } = await import('./x11/requirements.js');
  const isConfined = !options.unconfined && options.sockets === undefined;
  const { required, installRequired } = await missingX11Programs({ sandbox: isConfined });
  if (installRequired !== null) {
    throw new ArpoEnvError({
      code: 'E_PROVIDER_UNAVAILABLE',
      message: `a real desktop needs ${describeMissing(required)}, which ${required.length === 1 ? 'is' : 'are'} not installed here`,
      fix: installRequired,
    });
  }
  const start = isConfined ? confined : plain;
  const desktop = await start(options).catch((error: unknown) => {
    throw error instanceof GuestError ? new ArpoEnvError(notStarted(error), { cause: error }) : error;
  });
  const ended = new AbortController();
  onAbort(desktop.ended, (reason) => {
    const message = `the desktop ended by itself: ${messageOf(reason)}`;
    ended.abort(new ArpoEnvError({ code: 'E_BOOT_FAILED', message, fix: 'start it again' }));
  });
  const { agent, cdp, watch, vnc, vlc, home } = desktop;
  return {
    ...{ agent, cdp, watch, vnc, vlc, home },
    ended: ended.signal,
    [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
  };
}

async function plain(options: GuestOptions): Promise<RunningGuest> {
  const { startX11Desktop } = await import('./x11/index.js');
  return startX11Desktop(options);
}

/** Its ports let this user's programs in and nobody else's, and so nobody from elsewhere. */
async function confined(options: GuestOptions): Promise<RunningGuest> {
  if (!isLoopback(options.host)) {
    throw usage(
      `a desktop in a sandbox is open to this machine alone, not on ${options.host}`,
      'leave --host out; in a container, which is a sandbox by itself, add --unconfined',
    );
  }
  const { startSandboxedGuest } = await import('./sandbox/guest.js');
  const home = options.home === undefined ? undefined : await homeOutside(options.home);
  try {
    const { urls, ...desktop } = await startSandboxedGuest({ ...options, home });
    return { ...urls, ...desktop };
  } catch (error) {
    options.signal.throwIfAborted();
    // What the system said is one thing, what to do about it another.
    const { sandboxProblems } = await import('./sandbox/check.js');
    const [problem] = error instanceof GuestError ? await sandboxProblems(UNCONFINED) : [];
    throw problem ? new ArpoEnvError(problem) : error;
  }
}

/** Made where it is missing, as without a sandbox. */
async function homeOutside(home: string): Promise<string> {
  const folder = resolve(home);
  if (process.getuid?.() === 0) {
    throw usage(
      `a desktop that root starts runs as a user without rights, who may not write to ${folder}`,
      'leave --home out, or start it as the user whose folder that is',
    );
  }
  await makeFolder(folder).catch((error: unknown) => {
    throw fileError(error, folder);
  });
  return folder;
}

function notStarted({ message }: GuestError): Problem {
  return {
    code: 'E_BOOT_FAILED',
    message: `the desktop did not start: ${message}`,
    fix: 'where memory or disk is short, free some; then start it again',
  };
}

function usage(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_USAGE', message, fix });
}
