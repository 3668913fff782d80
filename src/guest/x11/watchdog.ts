/**
 * Where no sandbox ends a desktop's programs with its agent, this does: a process that lives as long as the pipe that the
 * agent holds open, and then ends all that bears its mark.
 */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endOf } from '../../lib/child-end.js';
import { disposeOnce } from '../../lib/once.js';
import { endsWithin } from './ends-within.js';

/** Disposing ends what bears the mark, and resolves when that is done. */
export interface Watchdog extends AsyncDisposable {
  /** Environment variable by which every process of the desktop is known. */
  readonly mark: Readonly<Record<string, string>>;
  /** Aborts when it ended without being told to. */
  readonly ended: AbortSignal;
}

const MARK = 'ARPO_ENV_DESKTOP';
/** A machine that needs longer for a shell hangs. */
const START_DEADLINE_MS = 10_000;
/** After that the pipe's end was not enough. */
const STOP_GRACE_MS = 5000;

/**
 * Waits for the end of its stdin, which comes with the end of the agent, however that ends; then ends every process that
 * bears the mark $1, and removes the folder $2. Xvfb removes its socket and lock at SIGTERM, so that comes first.
 */
const SCRIPT = `marked() { grep -lazs "^${MARK}=$1$" /proc/[0-9]*/environ | cut -d/ -f3; }
trap '' TERM INT HUP
echo ready
read -r _ || :
for signal in TERM KILL KILL; do
  pids=$(marked "$1")
  [ -z "$pids" ] && break
  kill -s $signal $pids 2>/dev/null
  for tick in 1 2 3 4 5 6 7 8 9 10; do [ -z "$(marked "$1")" ] && break; sleep 0.1; done
done
rm -rf "$2"
`;

/**
 * `folder`: removed in the end; `variables`: by which somebody else knows it as one of the desktop's. Rejects when it does not
 * start, and with the signal's reason.
 */
export async function startWatchdog(
  folder: string,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Watchdog> {
  const mark = randomUUID();
  const child = spawn('bash', ['--norc', '-c', SCRIPT, 'arpo-env-desktop', mark, folder], {
    stdio: 'pipe',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...variables },
  });
  let problem = '';
  child.stderr.on('data', (bytes: Buffer) => {
    problem = `${problem}${bytes}`.slice(-2000);
  });
  // A pipe whose reader is gone is not news: `exit` says it.
  child.stdin.on('error', () => undefined);
  const exited = endOf(child);
  let isStopping = false;
  const stopped = disposeOnce(async () => {
    isStopping = true;
    child.stdin.end();
    if ((await endsWithin(exited, STOP_GRACE_MS)) === null) child.kill('SIGKILL');
    await exited;
  });
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    await Promise.race([
      once(createInterface(child.stdout), 'line', { signal: deadline }),
      exited.then((how) => {
        throw new Error(problem.trim() || `bash ended ${how}`);
      }),
    ]);
  } catch (error) {
    await stopped[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw error;
  }
  const ended = new AbortController();
  void exited.then((how) => {
    if (!isStopping) ended.abort(new Error(`the desktop's watchdog ended ${how}: ${problem.trim()}`));
  });
  return { mark: { [MARK]: mark }, ended: ended.signal, ...stopped };
}
