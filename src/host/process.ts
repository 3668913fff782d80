/** Processes of this machine: which one a pid names, whether it still lives, and the one way we end them. */

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';

/** A process that can be told from a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, as the system counts it; only ever compared for equality. */
  startTime: string;
}

export interface TerminateOptions {
  /** How long it may take to end after SIGTERM, in milliseconds, before SIGKILL. Default 10 s. */
  graceMs?: number;
  signal?: AbortSignal;
}

/** `exited` after SIGTERM (or before it), `killed` when it took SIGKILL, `survived` when not even that ended it. */
export type Termination = 'exited' | 'killed' | 'survived';

const DEFAULT_GRACE_MS = 10_000;
/** A process that SIGKILL has not removed by then hangs in the kernel (uninterruptible sleep). */
const KILL_DEADLINE_MS = 5000;
const POLL_MS = 25;

/** Who has this pid now, or null when nobody has. A zombie is nobody. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  if (process.platform === 'win32') return answersSignalZero(pid) ? { pid, startTime: '' } : null;
  const row = process.platform === 'linux' ? await readStat(pid) : await readPs(pid);
  if (row === null || row.zombie) return null;
  const boot = process.platform === 'linux' ? `${await readBootId()}/` : '';
  return { pid, startTime: `${boot}${row.startTime}` };
}

/** True while exactly this process lives; a reused pid is not it. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}

/** SIGTERM, then SIGKILL when the grace is over; returns once it has ended (STYLE: keyed on exit, not on the signal). */
export async function terminateProcess(
  identity: ProcessIdentity,
  options: TerminateOptions = {},
): Promise<Termination> {
  return escalate(
    () => isRunning(identity),
    (name) => send(identity.pid, name),
    options,
  );
}

/** Pids that live in the process group of `leader`, also when the leader itself has ended. */
export async function groupMembers(leader: ProcessIdentity): Promise<number[]> {
  const present = await identifyProcess(leader.pid);
  // The kernel gives no pid away while a group bears it: another process under this pid means that the group is gone.
  if (present !== null && present.startTime !== leader.startTime) return [];
  const rows = process.platform === 'linux' ? await readAllStats() : await readAllPs();
  return rows.filter((row) => row.group === leader.pid && !row.zombie).map((row) => row.pid);
}

/** Ends the whole process group of `leader`: it and all it started. */
export async function terminateGroup(
  leader: ProcessIdentity,
  options: TerminateOptions = {},
): Promise<Termination> {
  const alive = async () => (await groupMembers(leader)).length > 0;
  return escalate(alive, (name) => send(-leader.pid, name), options);
}

async function escalate(
  alive: () => Promise<boolean>,
  signalTarget: (name: NodeJS.Signals) => void,
  { graceMs = DEFAULT_GRACE_MS, signal }: TerminateOptions,
): Promise<Termination> {
  if (!(await alive())) return 'exited';
  signalTarget('SIGTERM');
  if (await ended(alive, graceMs, signal)) return 'exited';
  signalTarget('SIGKILL');
  return (await ended(alive, KILL_DEADLINE_MS, signal)) ? 'killed' : 'survived';
}

async function ended(
  alive: () => Promise<boolean>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (await alive()) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS, undefined, signal ? { signal } : {});
  }
  return true;
}

function send(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    const code = errno(error);
    if (code === 'ESRCH') return; // it ended between the look and the signal
    if (code !== 'EPERM') throw error;
    const pid = Math.abs(target);
    const problem = {
      message: `pid ${pid} belongs to another user`,
      fix: `end it as that user: sudo kill ${pid}`,
    };
    throw new ArpoEnvError({ code: 'E_NO_PERMISSION', ...problem }, { cause: error });
  }
}

interface ProcessRow {
  pid: number;
  group: number;
  zombie: boolean;
  startTime: string;
}

async function readStat(pid: number): Promise<ProcessRow | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // pid (comm) state ppid pgrp … starttime is field 22; comm may hold blanks and parentheses (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = ''] = fields;
  return { pid, group: Number(group), zombie: state === 'Z' || state === 'X', startTime: fields[19] ?? '' };
}

/** Windows shows no start time without a helper program; there a pid alone has to do. */
function answersSignalZero(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Linux counts start times from the boot, so two boots can give the same one. */
async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

async function readAllStats(): Promise<ProcessRow[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(readStat))).filter((row) => row !== null);
}

async function readPs(pid: number): Promise<ProcessRow | null> {
  return (await ps(['-p', String(pid)]))[0] ?? null;
}

async function readAllPs(): Promise<ProcessRow[]> {
  return ps(['-A']);
}

async function ps(selection: readonly string[]): Promise<ProcessRow[]> {
  const { stdout } = await execa('ps', [...selection, '-o', 'pid=,pgid=,stat=,lstart='], {
    reject: false,
    timeout: 5000,
    env: { LC_ALL: 'C' },
  });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, group, state, startTime] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (!pid || !group || !state || !startTime) return [];
    return [{ pid: Number(pid), group: Number(group), zombie: state.startsWith('Z'), startTime }];
  });
}
