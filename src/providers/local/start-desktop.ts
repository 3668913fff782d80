/** Starts one local desktop; on every path that fails, nothing of it is left. */
import { join } from 'node:path';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { SOCKETS } from '../../guest/sandbox/command.js';
import { type Doors, openDoors } from '../../guest/sandbox/doors.js';
import { packageInside } from '../../guest/sandbox/package-mounts.js';
import { INSIDE } from '../../guest/sandbox/user.js';
import type { Mount } from '../../guest/sandbox/view.js';
import { findDesktopPython, IN_SANDBOX } from '../../guest/x11/desktop-python.js';
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { identifyProcess } from '../../host/process.js';
import { disposeInOrder, once, StartedParts } from '../../lib/once.js';
import type { StartOptions } from '../provider.js';
import type { Confinement } from './confinement.js';
import { ControlGroup } from './control-group.js';
import { LocalDesktop } from './desktop.js';
import { DesktopLog } from './desktop-log.js';
import { startGuest } from './guest-process.js';
import { whereItListens } from './listening.js';
import { startReaper } from './reaper.js';
import { createDesktopFolder } from './record.js';
import { type DesktopParts, removeDesktop } from './remove-desktop.js';

export interface DesktopStart extends StartOptions {
  id: string;
  /** Folder of all local desktops of this user. */
  desktops: string;
  /** The guest agent's command line, up to what differs from desktop to desktop; in a sandbox, what follows this program's name. */
  guest: readonly string[];
  /** Whether it gets a sandbox. */
  confine: boolean;
  /** Bytes that its files in memory may take, in a sandbox. */
  memory: number;
  screen: { width: number; height: number };
  /** Give it a VNC server. */
  vnc: boolean;
  confinement: Confinement;
  /** Of the env server; the desktop gets what is harmless of it. */
  env: NodeJS.ProcessEnv;
}

const LOOPBACK = '127.0.0.1';
/** Nothing else of the env server's environment is passed on: the model can read all that a desktop knows. */
const PASSED = /^(PATH|LANG|LANGUAGE|LC_\w+|TZ|(https?|no)_proxy)$/i;

export async function startDesktop(start: DesktopStart): Promise<LocalDesktop> {
  const { id, desktops, confinement, signal, onProgress } = start;
  signal.throwIfAborted();
  const folder = await createDesktopFolder(desktops, id);
  const parts: DesktopParts = { id, folder: folder.path, leader: null, group: new ControlGroup([]) };
  const started = new StartedParts();
  const remove = once(async () => {
    await disposeInOrder([started, { [Symbol.asyncDispose]: () => removeDesktop(parts) }]);
    await reaper[Symbol.asyncDispose]();
  });
  const reaper = await startReaper(id, folder.path);
  try {
    onProgress({ phase: 'display' });
    const log = started.add(await DesktopLog.open(folder.log));
    const { program, sandbox } = await commandOf(start, folder.path);
    const guest = started.add(
      await startGuest({
        ...{ program, sandbox, folder: folder.path, log, signal },
        wrap: (wrapped) => confinement.wrap(id, wrapped),
        admit: async (pids) => {
          parts.leader = await identifyProcess(pids[0] ?? 0);
          parts.group = await confinement.admit(id, pids);
          for (const { path } of parts.group.folders) reaper.watch(path);
          await folder.record(parts.leader, parts.group.folders);
        },
      }),
    );
    const { stdout, ended, root } = guest;
    const listening = await whereItListens({ stdout, ended, log: folder.log, signal });
    const { urls } = started.add(await openDoors({ listening, root, host: LOOPBACK }));
    onProgress({ phase: 'agent', detail: urls.agent.origin });
    signal.throwIfAborted();
    return new LocalDesktop({ ...parts, endpoints: endpointsOf(urls), log: folder.log, ended, remove });
  } catch (error) {
    // Why it did not start counts for more than what could not be removed, which the next server's start tries again.
    await remove().catch((failure: Error) => {
      onProgress({ phase: 'cleaning up', detail: failure.message });
    });
    throw error;
  }
}

/** What is started: this package in a sandbox, which has it under paths of its own, or as it is here. */
async function commandOf(start: DesktopStart, folder: string) {
  const { guest, confine, memory, vnc } = start;
  const inside = confine ? packageInside() : null;
  const home = inside ? INSIDE.home : join(folder, 'home');
  const sockets = inside ? SOCKETS : join(folder, 'sockets');
  const options = [
    ...['--sockets', sockets, '--home', home, '--json'],
    ...(vnc ? ['--vnc-port', '0'] : []),
    ...(inside ? ['--sandboxed'] : []),
  ];
  return {
    program: { argv: [...(inside?.command ?? []), ...guest, ...options], env: environment(start, home) },
    sandbox: inside && { mounts: [...inside.mounts, ...(await desktopPython())], memory },
  };
}

/** One that lies in a person's home is shown elsewhere; the machine's own is seen with the rest of the system. */
async function desktopPython(): Promise<Mount[]> {
  const folder = await findDesktopPython();
  return folder === null || folder.startsWith('/usr/') ? [] : [{ source: folder, target: IN_SANDBOX }];
}

function environment({ id, screen, env }: DesktopStart, home: string): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] => PASSED.test(entry[0]) && entry[1] !== undefined,
      ),
    ),
    HOME: home,
    SCREEN_WIDTH: String(screen.width),
    SCREEN_HEIGHT: String(screen.height),
    [DESKTOP_VARIABLE]: id,
  };
}

function endpointsOf({ agent, cdp, watch, vlc }: Doors['urls']): DesktopEndpoints {
  // Where a VLC serves its interface in a network that is not the desktop's own is known only inside; the agent's 404 says so.
  return { agent, cdp, watch, vlc: vlc ?? agent };
}
