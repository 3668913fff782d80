/** Starts one local desktop; on every path that fails, nothing of it is left. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { lastLogLines } from '../../desktop/readiness.js';
import { agentInside, agentOptions, whereItListens } from '../../guest/sandbox/agent.js';
import { type Doors, openDoors } from '../../guest/sandbox/doors.js';
import { agentEnvironment } from '../../guest/sandbox/environment.js';
import { INSIDE } from '../../guest/sandbox/user.js';
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { identifyProcess } from '../../host/process.js';
import { disposeInOrder, once, StartedParts } from '../../lib/once.js';
import type { StartOptions } from '../provider.js';
import type { Confinement } from './confinement.js';
import { ControlGroup } from './control-group.js';
import { LocalDesktop } from './desktop.js';
import { DesktopLog, logTail } from './desktop-log.js';
import { startGuest } from './guest-process.js';
import { startReaper } from './reaper.js';
import { createDesktopFolder } from './record.js';
import { type DesktopParts, removeDesktop, temporaryFolder } from './remove-desktop.js';
import { Watchers } from './watchers.js';

export interface DesktopStart extends StartOptions {
  id: string;
  /** Folder of all local desktops of this user. */
  desktops: string;
  /** The command line of an agent that gets no sandbox, up to what differs from desktop to desktop; null: ours, in a sandbox. */
  guest: readonly string[] | null;
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
const SHOWN_LINES = 20;

export async function startDesktop(start: DesktopStart): Promise<LocalDesktop> {
  const { id, desktops, confinement, signal, onProgress } = start;
  signal.throwIfAborted();
  const path = join(desktops, id);
  const parts: DesktopParts = { id, folder: path, leader: null, group: new ControlGroup([]) };
  const started = new StartedParts();
  const remove = once(async () => {
    await disposeInOrder([started, { [Symbol.asyncDispose]: () => removeDesktop(parts) }]);
    await reaper[Symbol.asyncDispose]();
  });
  // First of all: from then on nothing is left, whenever this process is killed.
  const reaper = await startReaper(id, path);
  try {
    const folder = await createDesktopFolder(path, reaper.identity);
    parts.group = confinement.foresee(id);
    for (const group of parts.group.folders) reaper.watch(group.path);
    await folder.record(null, parts.group.folders);
    onProgress({ phase: 'display' });
    const log = started.add(await DesktopLog.open(folder.log));
    const { program, sandbox } = await commandOf(start, path);
    const guest = started.add(
      await startGuest({
        ...{ program, sandbox, folder: path, log, signal },
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
    const listening = await whereItListens({
      ...{ stdout, ended, signal },
      lastWords: () => lastLogLines((tail) => logTail(folder.log, tail), SHOWN_LINES),
    });
    const watchers = new Watchers();
    const onWatcher = watchers.add.bind(watchers);
    const { urls, agentSocket } = started.add(
      await openDoors({ listening, root, host: LOOPBACK, onWatcher }),
    );
    onProgress({ phase: 'agent', detail: urls.agent.origin });
    signal.throwIfAborted();
    return new LocalDesktop({
      ...parts,
      endpoints: endpointsOf(urls),
      agentSocket,
      watchers,
      log: folder.log,
      ended,
      remove,
    });
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
  const { guest, memory, vnc } = start;
  if (guest === null) {
    const { argv, mounts } = await agentInside({ vnc });
    return { program: { argv, env: environment(start, INSIDE.home) }, sandbox: { mounts, memory } };
  }
  const home = join(folder, 'home');
  const argv = [...guest, ...agentOptions(join(folder, 'sockets'), home, vnc)];
  const temporary = temporaryFolder(start.id);
  await mkdir(temporary, { mode: 0o700 });
  return { program: { argv, env: { ...environment(start, home), TMPDIR: temporary } }, sandbox: null };
}

function environment({ id, screen, env }: DesktopStart, home: string): Record<string, string> {
  return { ...agentEnvironment(env, home, screen), [DESKTOP_VARIABLE]: id };
}

function endpointsOf({ agent, cdp, watch, vlc }: Doors['urls']): DesktopEndpoints {
  // Where a VLC serves its interface in a network that is not the desktop's own is known only inside; the agent's 404 says so.
  return { agent, cdp, watch, vlc: vlc ?? agent };
}
