/** Ends a program and all that it started, also what runs as root: those processes only root may signal. */

import { execa } from 'execa';
import { endWithin, identifyProcesses, isRunning, type ProcessIdentity, sendSignal } from '../process.js';
import { descendants, type ProcessRow, readProcess } from '../process-table.js';

/** apt ignores an interrupt while dpkg works, and ends once the packages at hand are whole. */
const GRACE_MS = 30_000;
const SUDO_LIMIT_MS = 10_000;

/**
 * What Ctrl-C does at a terminal, also without one; SIGKILL to whatever is left after `graceMs`. Each process is
 * signalled itself: sudo passes nothing on that comes from its own process group (sudo(8), "Signal handling").
 */
export async function endTree(pid: number, graceMs = GRACE_MS): Promise<void> {
  const tree = await identifyProcesses(await treeOf(pid));
  const living = async () => {
    const alive = await Promise.all(tree.map(isRunning));
    return tree.filter((_identity, index) => alive[index]);
  };
  await endWithin(
    {
      alive: async () => (await living()).length > 0,
      send: async (name) => signalAll(await living(), name),
      first: 'SIGINT',
    },
    { graceMs },
  );
}

/** Without dpkg and what is below it: a package that is cut off in the middle has to be repaired. */
async function treeOf(pid: number): Promise<number[]> {
  const isDpkg = ({ name }: ProcessRow) => name === 'dpkg';
  const top = await readProcess(pid);
  return top === null || isDpkg(top) ? [] : [pid, ...(await descendants(pid, isDpkg))];
}

async function signalAll(tree: readonly ProcessIdentity[], name: NodeJS.Signals): Promise<void> {
  const foreign = tree.filter(({ pid }) => sendSignal(pid, name) === 'denied').map(({ pid }) => String(pid));
  if (foreign.length === 0) return;
  await execa('sudo', ['-n', '--', 'kill', `-${name.replace(/^SIG/, '')}`, ...foreign], {
    reject: false,
    stdin: 'ignore',
    timeout: SUDO_LIMIT_MS,
  });
}
