/** Starts one local desktop; on every path that fails, nothing of it is left. */
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { identifyProcess } from '../../host/process.js';
import type { StartOptions } from '../provider.js';
import type { Confinement } from './confinement.js';
import { ControlGroup } from './control-group.js';
import { LocalDesktop } from './desktop.js';
import { type Listening, startGuest } from './guest-process.js';
import { createDesktopFolder } from './record.js';
import { type DesktopParts, removeDesktop } from './remove-desktop.js';

export interface DesktopStart extends StartOptions {
  id: string;
  /** Folder of all local desktops of this user. */
  desktops: string;
  /** The guest agent's command line, up to what differs from desktop to desktop. */
  guest: readonly string[];
  screen: { width: number; height: number };
  /** Give it a VNC server. */
  vnc: boolean;
  confinement: Confinement;
  /** Of the env server; the desktop gets what is harmless of it. */
  env: NodeJS.ProcessEnv;
}

/** Nothing else of the env server's environment is passed on: the model can read all that a desktop knows. */
const PASSED = /^(PATH|LANG|LANGUAGE|LC_\w+|TZ|(https?|no)_proxy)$/i;

export async function startDesktop(start: DesktopStart): Promise<LocalDesktop> {
  const { id, desktops, guest, vnc, confinement, signal, onProgress } = start;
  signal.throwIfAborted();
  const folder = await createDesktopFolder(desktops, id);
  const parts: DesktopParts = { id, folder: folder.path, leader: null, group: new ControlGroup([]) };
  try {
    onProgress({ phase: 'display' });
    const program = { argv: [...guest, ...options(folder.home, vnc)], env: environment(start, folder.home) };
    const process = await startGuest({
      ...confinement.wrap(id, program),
      folder: folder.path,
      log: folder.log,
    });
    parts.leader = await identifyProcess(process.pid);
    parts.group = await confinement.admit(id, process.pid);
    await folder.record(parts.leader, parts.group.folders);
    const endpoints = endpointsOf(await process.listening(signal));
    onProgress({ phase: 'agent', detail: endpoints.agent.origin });
    signal.throwIfAborted();
    return new LocalDesktop({ ...parts, endpoints, log: folder.log, ended: process.ended });
  } catch (error) {
    // Why it did not start counts for more than what could not be removed, which the next server's start tries again.
    await removeDesktop(parts).catch((failure: Error) => {
      onProgress({ phase: 'cleaning up', detail: failure.message });
    });
    throw error;
  }
}

function options(home: string, vnc: boolean): string[] {
  const ports = ['--port', '0', '--cdp-port', '0', '--watch-port', '0', ...(vnc ? ['--vnc-port', '0'] : [])];
  return [...ports, '--home', home, '--json'];
}

function environment({ id, screen, env }: DesktopStart, home: string): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name))),
    HOME: home,
    SCREEN_WIDTH: String(screen.width),
    SCREEN_HEIGHT: String(screen.height),
    [DESKTOP_VARIABLE]: id,
  };
}

function endpointsOf({ agent, cdp, watch }: Listening): DesktopEndpoints {
  // Where a VLC serves its interface, if one does, is known only inside; the agent's 404 says so to whoever asks.
  return { agent: new URL(agent), cdp: new URL(cdp), watch: new URL(watch), vlc: new URL(agent) };
}
