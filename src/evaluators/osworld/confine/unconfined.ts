/** Workers without a sandbox, because the user said so: never root's, but otherwise whoever reads a hostile file is this user. */
import { chown } from 'node:fs/promises';
import { execa } from 'execa';
import { ArpoEnvError, type Problem } from '../../../errors.js';
import { asUser } from '../../../guest/sandbox/layers.js';
import { takeUser } from '../../../guest/sandbox/user.js';
import { once, StartedParts } from '../../../lib/once.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { PROCESSES } from './command.js';
import type { Confinement, WorkerProgram } from './contract.js';
import { WORKER_PATH, workerEnvironment } from './environment.js';
import { endLeftBehind } from './left-behind.js';
import { startProcess, type WorkerProcess } from './process.js';

const CODE = 'E_EVALUATOR_UNAVAILABLE';
const WARNING =
  "evaluators.confine is false: OSWorld's evaluators read files that a model made without a sandbox, and a hostile one reaches what";
const INSTALL_ELSEWHERE = 'ARPO_ENV_EVALUATORS_DIR=/opt/arpo-env/evaluators arpo-env evaluators install';
const PROBE_LIMIT_MS = 15_000;

/** Run by the worker's user. Says which of its parameters it cannot read. */
const UNREADABLE = 'for path; do [ -r "$path" ] || { printf %s "$path"; exit 1; }; done';
/** When memory runs out, the kernel ends this before anything else (proc(5)). */
const FIRST_TO_GO = 'echo 1000 > /proc/self/oom_score_adj; exec "$@"';

const isRoot = process.getuid?.() === 0;

/** Never throws. */
export async function withoutSandbox(): Promise<Confinement> {
  const problem = isRoot ? await lookOnce() : null;
  return {
    problem,
    warning: `${WARNING} ${isRoot ? 'every user of this machine reaches' : 'you reach'}`,
    taskCodeProblem: problem ?? (process.platform === 'linux' ? null : onlyOnLinux()),
    start,
  };
}

/** Elsewhere nothing at all would stand between such code and the user's files. */
function onlyOnLinux(): Problem {
  const message = `code that a task brings runs in a sandbox of Linux alone, and this is ${process.platform}`;
  return { code: CODE, message, fix: 'run the env server on Linux: arpo-env setup-vm --host HOST' };
}

async function start({ argv, readable, door, signal }: WorkerProgram): Promise<WorkerProcess> {
  const parts = new StartedParts();
  try {
    const user = await takeUser();
    if (user) parts.add(user);
    const { path: temporary } = parts.add(await makeTemporaryFolder());
    parts.add({ [Symbol.asyncDispose]: () => (user ? endAllOf(user.uid) : endLeftBehind(temporary)) });
    const command = argv({ door, temporary, ownNetwork: false, ownProcesses: user !== null });
    if (user) {
      for (const folder of [temporary, door]) await chown(folder, user.uid, user.uid);
      await assertReadable(user.uid, [command[0] ?? '', ...readable, door]);
    }
    signal.throwIfAborted();
    const started = parts.add(
      await startProcess({
        argv: process.platform === 'linux' ? [...limits(user?.uid ?? null), ...command] : command,
        env: workerEnvironment(process.env, temporary),
        texts: [],
      }),
    );
    return { ...started, [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose]() };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

/** Of processes only for a user of its own: all that an ordinary user runs counts together. */
function limits(uid: number | null): string[] {
  const processes = uid === null ? [] : [`--nproc=${PROCESSES}:${PROCESSES}`];
  return [
    ...[...asUser(uid), 'setpriv', '--no-new-privs', '--'],
    ...['prlimit', '--core=1:1', ...processes, '--', 'sh', '-c', FIRST_TO_GO, 'worker'],
  ];
}

/** Who leaves a worker's group is its user's still. */
async function endAllOf(uid: number): Promise<void> {
  const [program = '', ...args] = [...asUser(uid), 'sh', '-c', 'kill -KILL -1'];
  await execa(program, args, { reject: false, timeout: PROBE_LIMIT_MS, stdio: 'ignore' });
}

async function assertReadable(uid: number, paths: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...asUser(uid), 'sh', '-c', UNREADABLE, 'worker', ...paths];
  const { exitCode, stdout } = await execa(program, args, { reject: false, timeout: PROBE_LIMIT_MS });
  if (exitCode === 0) return;
  throw new ArpoEnvError({
    code: CODE,
    message: `OSWorld's evaluators never run as root, and another user cannot read ${stdout}`,
    fix: INSTALL_ELSEWHERE,
  });
}

const lookOnce = once(look);

/** Whether root can give its rights away: some containers refuse it, and systems other than Linux have no setpriv. */
async function look(): Promise<Problem | null> {
  const user = await takeUser().catch(() => null);
  using _given = user;
  const [program = '', ...args] = [...asUser(user?.uid ?? null), 'true'];
  const env = { PATH: WORKER_PATH };
  const { exitCode, stderr = '' } = await execa(program, args, {
    ...{ env, extendEnv: false, reject: false, timeout: PROBE_LIMIT_MS },
  });
  if (user !== null && exitCode === 0) return null;
  const message = `OSWorld's evaluators never run as root, and root cannot become another user here: ${stderr.trim() || 'setpriv failed'}`;
  return {
    code: CODE,
    message,
    fix: 'start the env server as an ordinary user: su - USER -c "arpo-env serve"',
  };
}
