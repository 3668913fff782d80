/** The end of a desktop: its agent asked, then everything of it killed, then its group and its folder removed. */

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ArpoEnvError } from '../../errors.js';
import {
  groupMembers,
  identifyProcesses,
  isRunning,
  type ProcessIdentity,
  sendSignal,
  terminateProcess,
} from '../../host/process.js';
import type { ControlGroup } from './control-group.js';
import { desktopProcesses } from './processes.js';

/** What there may be of one desktop on this machine. */
export interface DesktopParts {
  id: string;
  /** Its log, its record and its home. */
  folder: string;
  /** Its guest agent; null when it was never started. */
  leader: ProcessIdentity | null;
  group: ControlGroup;
}

/** Browser and display are gone within a second when they are asked. */
const GRACE_MS = 5000;
/** What SIGKILL has not ended by then hangs in the kernel. */
const KILL_LIMIT_MS = 5000;
const POLL_MS = 10;

/** Resolves when nothing is left. Throws E_TIMEOUT naming the processes that SIGKILL does not end. */
export async function removeDesktop(parts: DesktopParts): Promise<void> {
  const { folder, leader, group } = parts;
  await group.resume();
  const present = await processesOf(parts);
  if (!group.canPause) signalAll([...present].reverse(), 'SIGCONT');
  // Once their parents have ended, some could no longer be told to be of this desktop.
  const known = await identifyProcesses(present);
  if (leader) await terminateProcess(leader, { graceMs: GRACE_MS });
  const survivors = await killAll(parts, known);
  if (survivors.length > 0) throw notEnded(parts.id, survivors);
  await group.remove();
  await rm(temporaryFolder(parts.id), { recursive: true, force: true, maxRetries: 3 });
  // Last, as the record in it is what a later attempt goes by.
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Where one without a sandbox has its temporary files: beside its other folder the paths of its sockets would be too long. */
export function temporaryFolder(id: string): string {
  return join(tmpdir(), `arpo-env-${id}`);
}

/** Parents before their children. */
export async function processesOf({ id, leader, group }: DesktopParts): Promise<number[]> {
  const marked = await desktopProcesses(id);
  const others = [...(leader ? await groupMembers(leader) : []), ...(await group.pids())];
  return [...new Set([...marked, ...others])];
}

/** A process that ended meanwhile needs no signal, and one of another user's takes none from us. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) sendSignal(pid, signal);
}

async function killAll(parts: DesktopParts, known: readonly ProcessIdentity[]): Promise<number[]> {
  const deadline = performance.now() + KILL_LIMIT_MS;
  for (;;) {
    const alive = await Promise.all(known.map(isRunning));
    const left = known.filter((_, index) => alive[index]).map(({ pid }) => pid);
    const pids = [...new Set([...left, ...(await processesOf(parts))])];
    if (pids.length === 0 || performance.now() >= deadline) return pids;
    signalAll(pids, 'SIGKILL');
    await delay(POLL_MS);
  }
}

function notEnded(id: string, pids: readonly number[]): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_TIMEOUT',
    message: `pid ${pids.join(', ')} of desktop ${id} did not end on SIGKILL`,
    fix: `see what they hang in: ps -o pid,user,stat,wchan,command -p ${pids.join(',')}`,
  });
}
