/** The processes of one desktop, wherever they went: a browser or a terminal leaves the process group it was born in. */
import { readdir, readFile } from 'node:fs/promises';

/** In the environment of everything that a desktop runs: its id. */
export const DESKTOP_VARIABLE = 'ARPO_ENV_LOCAL_DESKTOP';

interface Row {
  pid: number;
  parent: number;
  group: number;
  session: number;
}

/** Pids, parents before their children. Zombies, and this process itself, are nobody. */
export async function desktopProcesses(id: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const rows = (await Promise.all(pids.filter((pid) => pid !== process.pid).map(readRow))).filter(
    (row) => row !== null,
  );
  const marked = await Promise.all(rows.map(({ pid }) => isMarked(pid, id)));
  const found = new Set(rows.filter((_, index) => marked[index]).map(({ pid }) => pid));
  // A program that writes over its environment is still the child, or of the session, of one that does not.
  for (let grown = true; grown; ) {
    const more = rows.filter(
      ({ pid, parent, group, session }) =>
        !found.has(pid) && (found.has(parent) || found.has(group) || found.has(session)),
    );
    for (const { pid } of more) found.add(pid);
    grown = more.length > 0;
  }
  return byDescent(rows.filter(({ pid }) => found.has(pid)));
}

async function readRow(pid: number): Promise<Row | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // pid (comm) state ppid pgrp session …; comm may hold blanks and parentheses (proc(5)).
  const [state = '', parent, group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return null;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session) };
}

/** Another user's environment cannot be read, and another user's process is not of our desktop. */
async function isMarked(pid: number, id: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(`${DESKTOP_VARIABLE}=${id}`);
}

function byDescent(rows: readonly Row[]): number[] {
  const parents = new Map(rows.map(({ pid, parent }) => [pid, parent]));
  const depth = (pid: number): number => {
    let steps = 0;
    for (let parent = parents.get(pid); parent !== undefined && steps < rows.length; steps += 1) {
      parent = parents.get(parent);
    }
    return steps;
  };
  return rows.map(({ pid }) => pid).sort((a, b) => depth(a) - depth(b));
}
