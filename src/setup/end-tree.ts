/** Ends a program and all that it started, also what runs as root: those processes only root may signal. */

import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { identifyProcess, isRunning, type ProcessIdentity } from '../host/process.js';
import { errno } from '../lib/errno.js';
import { sleep } from '../lib/wait.js';

/** apt ignores an interrupt while dpkg works, and ends once the packages at hand are whole. */
const GRACE_MS = 30_000;
const KILL_DEADLINE_MS = 5000;
const POLL_MS = 50;
const SUDO_LIMIT_MS = 10_000;

/**
 * What Ctrl-C does at a terminal, also without one; SIGKILL to whatever is left after `graceMs`. Each process is
 * signalled itself: sudo passes nothing on that comes from its own process group (sudo(8), "Signal handling").
 */
export async function endTree(pid: number, graceMs = GRACE_MS): Promise<void> {
  const tree = (await Promise.all((await treeOf(pid)).map(identifyProcess))).filter(
    (found) => found !== null,
  );
  await send(tree, 'INT');
  if (await allEnded(tree, graceMs)) return;
  await send(tree, 'KILL');
  await allEnded(tree, KILL_DEADLINE_MS);
}

/** Without what is below dpkg: a package that is cut off in the middle has to be repaired. */
async function treeOf(pid: number): Promise<number[]> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  if (name.trim() === 'dpkg') return [];
  // A child is listed with the thread that started it.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

async function send(tree: readonly ProcessIdentity[], name: 'INT' | 'KILL'): Promise<void> {
  const foreign: string[] = [];
  for (const identity of tree) {
    if (!(await isRunning(identity))) continue;
    try {
      process.kill(identity.pid, `SIG${name}`);
    } catch (error) {
      if (errno(error) === 'EPERM') foreign.push(String(identity.pid));
    }
  }
  if (foreign.length === 0) return;
  await execa('sudo', ['-n', '--', 'kill', `-${name}`, ...foreign], {
    reject: false,
    stdin: 'ignore',
    timeout: SUDO_LIMIT_MS,
  });
}

async function allEnded(tree: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const { signal } = new AbortController();
  const deadline = performance.now() + withinMs;
  while ((await Promise.all(tree.map(isRunning))).includes(true)) {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS, signal);
  }
  return true;
}
