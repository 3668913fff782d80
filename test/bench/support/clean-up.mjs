/**
 * Leaves nothing of a bench's run: its processes, known by a variable that each inherits; what its commands undo; mounts; its
 * folder. As a program (`clean-up.mjs FOLDER`) it is what a bench starts whose supervisor was killed. Processes are
 * found in /proc, so elsewhere than on Linux only the folder is removed.
 */
import { execFile } from 'node:child_process';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Names the run's folder, in the environment of all that it starts. */
export const MARK = 'ARPO_ENV_BENCH';
/** Followed by the supervisor's pid. */
export const FOLDER_PREFIX = 'arpo-env-bench-';
/** In the folder: one command a line, as a JSON array of words, run in reverse order; fine where nothing is left to undo. */
export const UNDO_FILE = 'undo';

/** A Docker daemon stops its containers first. */
const GRACE_MS = 20_000;
const KILL_LIMIT_MS = 5000;
const UNDO_LIMIT_MS = 30_000;
const POLL_MS = 50;
const run = promisify(execFile);

export async function cleanUp(folder) {
  await endProcesses(folder);
  const undo = (await readFile(join(folder, UNDO_FILE), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  for (const line of undo.reverse()) {
    const [command, ...args] = JSON.parse(line);
    await run(command, args, { timeout: UNDO_LIMIT_MS }).catch(({ message }) =>
      console.error(`✗ ${message}`),
    );
  }
  for (const point of await mountsBelow(folder)) await run('umount', ['-l', point]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Of runs that were killed together with their supervisor. */
export async function cleanUpDeadRuns() {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const status = await lstat(folder).catch(() => null);
    // Another user could put commands into a folder of such a name.
    if (!status?.isDirectory() || status.uid !== process.getuid?.()) continue;
    if (!isAlive(Number.parseInt(name.slice(FOLDER_PREFIX.length), 10))) await cleanUp(folder);
  }
}

async function endProcesses(folder) {
  await untilNone(folder, 'SIGTERM', GRACE_MS);
  const left = await untilNone(folder, 'SIGKILL', KILL_LIMIT_MS);
  if (left.length > 0) console.error(`✗ SIGKILL did not end pid ${left.join(', ')}`);
}

/** Each is told once, also those that are started meanwhile. */
async function untilNone(folder, signal, limitMs) {
  const told = new Set();
  const deadline = performance.now() + limitMs;
  for (;;) {
    const pids = await marked(folder);
    if (pids.length === 0 || performance.now() > deadline) return pids;
    for (const pid of pids) {
      if (told.has(pid)) continue;
      told.add(pid);
      send(pid, signal);
      send(pid, 'SIGCONT'); // one that is stopped would not see it
    }
    await delay(POLL_MS);
  }
}

async function marked(folder) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(`${MARK}=${folder}`);
    }),
  );
  return pids.filter((_, index) => found[index]).map(Number);
}

/** Deepest first. */
async function mountsBelow(folder) {
  const table = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const points = table.split('\n').map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await cleanUp(process.argv[2] ?? '');
