/** The process that everything in an enclosure depends on: it lives as long as the pipe that this process holds open. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../lib/errno.js';
import { endsWithin } from '../ends-within.js';

export interface Keeper extends AsyncDisposable {
  readonly pid: number;
  /** Aborts when it ended without being told to. */
  readonly ended: AbortSignal;
}

/** Mounts and folders; a machine that needs longer hangs. */
const START_DEADLINE_MS = 10_000;
/** After that the pipe's end was not enough. */
const STOP_GRACE_MS = 5000;

/** Starts `argv`, which says `ready` on stdout and ends with its stdin. Rejects with what it wrote to stderr. */
export async function startKeeper(
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<Keeper> {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    stdio: 'pipe',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  let problem = '';
  child.stderr.on('data', (bytes: Buffer) => {
    problem = `${problem}${bytes}`.slice(-2000);
  });
  // A pipe whose reader is gone is not news: `exit` says it.
  child.stdin.on('error', () => undefined);
  const exited = exitOf(child);
  const ended = new AbortController();
  const stop = () => stopKeeper(child, exited);
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    const lines = createInterface(child.stdout);
    await Promise.race([
      once(lines, 'line', { signal: deadline }),
      exited.then((how) => {
        throw new Error(problem.trim() || `${program} ended with ${how}`);
      }),
    ]);
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  }
  let stopping: Promise<void> | null = null;
  void exited.then((how) => {
    if (stopping === null)
      ended.abort(new Error(`the desktop's keeper ended with ${how}: ${problem.trim()}`));
  });
  return {
    pid: child.pid ?? 0,
    ended: ended.signal,
    async [Symbol.asyncDispose]() {
      stopping ??= stop();
      await stopping;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function stopKeeper(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.stdin?.end();
  if ((await endsWithin(exited, STOP_GRACE_MS)) === null) child.kill('SIGKILL');
  await exited;
}
