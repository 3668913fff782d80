/** The process table of this machine: /proc on Linux, ps elsewhere. Whoever asks about processes asks here. */
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

export interface ProcessRow {
  pid: number;
  parent: number;
  group: number;
  /** Null where the system does not tell. */
  session: number | null;
  /** The program's name as the kernel keeps it, perhaps cut off. */
  name: string;
  /** Ended, and not yet waited for by its parent. */
  zombie: boolean;
  /** As the system counts it; only ever compared for equality. */
  startTime: string;
}

const PS_LIMIT_MS = 5000;

/** The row of `pid`, or null when nobody has it. */
export async function readProcess(pid: number): Promise<ProcessRow | null> {
  if (process.platform === 'linux') return readStat(pid);
  return (await ps(['-p', String(pid)]))[0] ?? null;
}

/** All rows, zombies too. */
export async function readProcesses(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return ps(['-A']);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(readStat))).filter((row) => row !== null);
}

/** Whoever shows a command line, which kernel threads don't. */
export async function readCommandLines(): Promise<{ pid: number; command: string }[]> {
  if (process.platform === 'linux') {
    const rows = await readProcesses();
    const lines = await Promise.all(rows.map(async ({ pid }) => ({ pid, command: await commandLine(pid) })));
    return lines.filter(({ command }) => command !== '');
  }
  return (await askPs(['-ww', '-A', '-o', 'pid=,command='])).split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*?)\s*$/.exec(line) ?? [];
    return pid && command ? [{ pid: Number(pid), command }] : [];
  });
}

/** Program and arguments in one line; empty when it cannot be seen. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return (await askPs(['-o', 'command=', '-p', String(pid)])).trim();
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return raw.replace(/\0/g, ' ').trim();
}

/**
 * Pids of children, their children and so on, the nearest first; not what `without` names, and nothing below that.
 * Sessions leave the process group that they were born in, so a group cannot name them.
 */
export async function descendants(
  pid: number,
  without: (row: ProcessRow) => boolean = () => false,
): Promise<number[]> {
  const rows = await readProcesses();
  const found = [pid];
  for (const ancestor of found) {
    const children = rows.filter((row) => row.parent === ancestor && !without(row));
    found.push(...children.map((child) => child.pid));
  }
  return found.slice(1);
}

async function readStat(pid: number): Promise<ProcessRow | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // pid (comm) state ppid pgrp session … starttime is field 22; comm may hold blanks and parentheses (proc(5)).
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    name: text.slice(text.indexOf('(') + 1, end),
    zombie: state === 'Z' || state === 'X',
    startTime: fields[19] ?? '',
  };
}

/** `lstart` is five words: `Sat Nov 28 04:18:17 2026`. */
const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*?)\s*$/;

async function ps(selection: readonly string[]): Promise<ProcessRow[]> {
  const text = await askPs([...selection, '-o', 'pid=,ppid=,pgid=,stat=,lstart=,ucomm=']);
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', startTime = '', name = ''] = PS_LINE.exec(line) ?? [];
    if (pid === undefined) return [];
    const numbers = { pid: Number(pid), parent: Number(parent), group: Number(group), session: null };
    return [{ ...numbers, name, zombie: state.startsWith('Z'), startTime }];
  });
}

async function askPs(args: readonly string[]): Promise<string> {
  const { stdout } = await execa('ps', args, {
    reject: false,
    timeout: PS_LIMIT_MS,
    env: { LC_ALL: 'C' },
  });
  return stdout ?? '';
}
