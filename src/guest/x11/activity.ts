/** What the desktop's processes are doing (proc(5)): which have begun since a moment, and how much processor time they take. */
import { readdirSync, readFileSync } from 'node:fs';

interface Entry {
  parent: number;
  /** Milliseconds since the machine's start. */
  began: number;
  /** Milliseconds of processor time, of all its threads. */
  cpu: number;
  hasEnded: boolean;
}

/** By their pids. */
export type Snapshot = ReadonlyMap<number, Entry>;

/** Of proc(5); on Linux programs see 100 a second everywhere. */
const TICK_MS = 10;
const FIELD = { state: 0, parent: 1, userTime: 11, systemTime: 12, began: 19 };

/** Milliseconds since the machine's start, as exact as the kernel tells when a process has begun. */
export function uptime(): number {
  return Math.round(Number(read('/proc/uptime').split(' ')[0]) * 1000);
}

/**
 * The desktop's processes without this one. `areAlone`: whether there are no others where this process looks; else they are
 * those that it has started.
 */
export function snapshot(areAlone: boolean): Snapshot {
  const all = new Map<number, Entry>();
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? entryOf(read(`/proc/${name}/stat`)) : null;
    if (entry) all.set(Number(name), entry);
  }
  const isOurs = (pid: number): boolean => {
    const parent = all.get(pid)?.parent ?? 0;
    return parent === process.pid || (parent > 1 && isOurs(parent));
  };
  return new Map([...all].filter(([pid]) => pid !== process.pid && (areAlone || isOurs(pid))));
}

/** Whether one that began then or later still runs. */
export function hasBegunSince(moment: number, processes: Snapshot): boolean {
  return [...processes.values()].some(({ began, hasEnded }) => began >= moment && !hasEnded);
}

/** Milliseconds of processor time that they took from one snapshot to the next. */
export function workBetween(before: Snapshot, after: Snapshot): number {
  return [...after].reduce((sum, [pid, { cpu }]) => sum + Math.max(0, cpu - (before.get(pid)?.cpu ?? 0)), 0);
}

function entryOf(stat: string): Entry | null {
  // The name is in parentheses and may have any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (at: number) => Number(fields[at]);
  if (fields.length <= FIELD.began) return null;
  return {
    parent: number(FIELD.parent),
    began: number(FIELD.began) * TICK_MS,
    cpu: (number(FIELD.userTime) + number(FIELD.systemTime)) * TICK_MS,
    hasEnded: 'ZX'.includes(fields[FIELD.state] ?? 'X'),
  };
}

/** '' for what has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
