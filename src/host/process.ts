/** Processes of this machine: which one a pid names, whether it still lives, and the one way we end them. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';
import { sleep } from '../lib/wait.js';
import { readProcess, readProcesses } from './process-table.js';

/** As it is kept in files and labels. */
export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  /** When it started, as the system counts it; only ever compared for equality. */
  startTime: z.string(),
});
/** A process that can be told from a later one that was given the same pid. */
export type ProcessIdentity = z.output<typeof processIdentitySchema>;

export interface TerminateOptions {
  /** How long it may take to end after the first signal, in milliseconds, before SIGKILL. Default 10 s. */
  graceMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** `exited` after the first signal (or before it), `killed` when it took SIGKILL, `survived` when not even that ended it. */
export type Termination = 'exited' | 'killed' | 'survived';

const DEFAULT_GRACE_MS = 10_000;
/** A process that SIGKILL has not removed by then hangs in the kernel (uninterruptible sleep). */
const KILL_DEADLINE_MS = 5000;
const POLL_MS = 25;

/** Who has this pid now, or null when nobody has. A zombie is nobody. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  // Windows shows no start time without a helper program; there a pid alone has to do.
  if (process.platform === 'win32') return sendSignal(pid, 0) === 'gone' ? null : { pid, startTime: '' };
  const row = await readProcess(pid);
  if (row === null || row.zombie) return null;
  const boot = process.platform === 'linux' ? `${await readBootId()}/` : '';
  return { pid, startTime: `${boot}${row.startTime}` };
}

/** Those of `pids` that somebody has. */
export async function identifyProcesses(pids: readonly number[]): Promise<ProcessIdentity[]> {
  return (await Promise.all(pids.map(identifyProcess))).filter((identity) => identity !== null);
}

/** True while exactly this process lives; a reused pid is not it. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}

/** SIGTERM, then SIGKILL when the grace is over; returns once it has ended. */
export async function terminateProcess(
  identity: ProcessIdentity,
  options: TerminateOptions = {},
): Promise<Termination> {
  const send = (name: NodeJS.Signals) => sendToOwn(identity.pid, name);
  return endWithin({ alive: () => isRunning(identity), send, first: 'SIGTERM' }, options);
}

/** Pids that live in the process group of `leader`, also when the leader itself has ended. */
export async function groupMembers(leader: ProcessIdentity): Promise<number[]> {
  const present = await identifyProcess(leader.pid);
  // The kernel gives no pid away while a group bears it: another process under this pid means that the group is gone.
  if (present !== null && present.startTime !== leader.startTime) return [];
  return (await readProcesses())
    .filter((row) => row.group === leader.pid && !row.zombie)
    .map((row) => row.pid);
}

/** Ends the whole process group of `leader`: it and all it started. */
export async function terminateGroup(
  leader: ProcessIdentity,
  options: TerminateOptions = {},
): Promise<Termination> {
  const alive = async () => (await groupMembers(leader)).length > 0;
  const send = (name: NodeJS.Signals) => sendToOwn(-leader.pid, name);
  return endWithin({ alive, send, first: 'SIGTERM' }, options);
}

/** What is to end: one process, a group, a tree. */
interface Ending {
  alive(): Promise<boolean>;
  send(name: NodeJS.Signals): Promise<void> | void;
  /** What asks politely. */
  first: NodeJS.Signals;
}

/** The first signal, then SIGKILL when the grace is over. Keyed on the end, never on a signal having been sent. */
export async function endWithin(
  { alive, send, first }: Ending,
  { graceMs = DEFAULT_GRACE_MS, signal }: TerminateOptions,
): Promise<Termination> {
  if (!(await alive())) return 'exited';
  await send(first);
  if (await ended(alive, graceMs, signal)) return 'exited';
  await send('SIGKILL');
  return (await ended(alive, KILL_DEADLINE_MS, signal)) ? 'killed' : 'survived';
}

/**
 * To a process, or as a negative number to a group; 0 only asks (kill(2)). `gone`: nobody is there, e.g. since it ended
 * between a look and this signal. `denied`: it belongs to another user.
 */
export function sendSignal(target: number, name: NodeJS.Signals | 0): 'sent' | 'gone' | 'denied' {
  try {
    process.kill(target, name);
    return 'sent';
  } catch (error) {
    const code = errno(error);
    if (code === 'ESRCH') return 'gone';
    if (code === 'EPERM') return 'denied';
    throw error;
  }
}

async function ended(
  alive: () => Promise<boolean>,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (await alive()) {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS, signal ?? []);
  }
  return true;
}

/** Throws E_NO_PERMISSION for a process that is not this user's. */
function sendToOwn(target: number, name: NodeJS.Signals): void {
  if (sendSignal(target, name) !== 'denied') return;
  const pid = Math.abs(target);
  throw new ArpoEnvError({
    code: 'E_NO_PERMISSION',
    message: `pid ${pid} belongs to another user`,
    fix: `end it as that user: sudo kill ${pid}`,
  });
}

/** Linux counts start times from the boot, so two boots can give the same one. */
async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
