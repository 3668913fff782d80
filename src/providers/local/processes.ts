/** The processes of one desktop, wherever they went: a browser or a terminal leaves the process group it was born in. */
import { readFile } from 'node:fs/promises';
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { descendants, type ProcessRow, readProcesses } from '../../host/process-table.js';

const TERMINAL = 'xterm';

/** Pids, parents before their children. Zombies, and this process itself, are nobody. */
export async function desktopProcesses(id: string): Promise<number[]> {
  const rows = (await readProcesses()).filter(({ pid, zombie }) => pid !== process.pid && !zombie);
  const marked = await Promise.all(rows.map(({ pid }) => isMarked(pid, id)));
  const found = new Set(rows.filter((_, index) => marked[index]).map(({ pid }) => pid));
  // A program that writes over its environment is still the child, or of the session, of one that does not.
  for (let grown = true; grown; ) {
    const more = rows.filter(
      ({ pid, parent, group, session }) =>
        !found.has(pid) &&
        (found.has(parent) || found.has(group) || (session !== null && found.has(session))),
    );
    for (const { pid } of more) found.add(pid);
    grown = more.length > 0;
  }
  return byDescent(rows.filter(({ pid }) => found.has(pid)));
}

/**
 * Those that can be stopped with SIGSTOP and go on as if nothing had been. What runs in a terminal cannot: xterm 379, when it
 * hears that its shell has stopped, waits for the shell's end and for nothing else any more.
 */
export async function stoppable(pids: readonly number[]): Promise<number[]> {
  const terminals = (await readProcesses()).filter(
    ({ pid, name }) => name === TERMINAL && pids.includes(pid),
  );
  const inside = (await Promise.all(terminals.map(({ pid }) => descendants(pid)))).flat();
  return pids.filter((pid) => !inside.includes(pid));
}

/** Another user's environment cannot be read, and another user's process is not of our desktop. */
async function isMarked(pid: number, id: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(`${DESKTOP_VARIABLE}=${id}`);
}

function byDescent(rows: readonly ProcessRow[]): number[] {
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
