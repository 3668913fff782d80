/** Workers in sandboxes, each with a user id of its own where this process is root's. */
import { chown } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Problem } from '../../../errors.js';
import { limitsFolders } from '../../../guest/sandbox/bubblewrap.js';
import { takeUser } from '../../../guest/sandbox/user.js';
import { whyNoSandbox } from '../../../guest/sandbox/why-not.js';
import { describeMissing, missingForSandbox } from '../../../guest/x11/requirements.js';
import { messageOf } from '../../../lib/errno.js';
import { once, StartedParts } from '../../../lib/once.js';
import { abortable } from '../../../lib/wait.js';
import { DOOR_INSIDE, type SandboxPlan, sandboxCommand, TEMPORARY_INSIDE } from './command.js';
import type { Confinement, WorkerProgram } from './contract.js';
import { WORKER_PATH, workerEnvironment } from './environment.js';
import { interpreterMounts, isTooMuch, type Shown, shownAs } from './interpreter.js';
import { startProcess, type WorkerProcess } from './process.js';

const CODE = 'E_EVALUATOR_UNAVAILABLE';
const WHO = "OSWorld's evaluators";
const UNCONFINED = 'ARPO_ENV_EVALUATORS_CONFINE=false arpo-env serve';
const PROBE_LIMIT_MS = 15_000;

/** Of what an evaluation may take: the rest is for the programs that read the files. */
const SHARE_OF_FILES = 0.5;

/** Never throws. */
export async function sandboxes(memoryLimit: number): Promise<Confinement> {
  const problem = await lookOnce();
  return {
    problem,
    warning: null,
    taskCodeProblem: problem,
    start: (program) => start(program, memoryLimit),
  };
}

async function start(program: WorkerProgram, memoryLimit: number): Promise<WorkerProcess> {
  const inside = { door: DOOR_INSIDE, temporary: TEMPORARY_INSIDE, ownNetwork: true, ownProcesses: true };
  const argv = program.argv(inside);
  const shown = await seenBy(program, argv[0] ?? '');
  program.signal.throwIfAborted();
  return startSandbox({ ...shown, program: argv }, memoryLimit, program.door);
}

async function seenBy({ readable, door }: WorkerProgram, interpreter: string): Promise<Shown> {
  const { mounts, links } = await interpreterMounts(interpreter);
  const tooMuch = readable.find(isTooMuch);
  if (tooMuch !== undefined) throw new Error(`a worker shall not see all of ${tooMuch}`);
  const further = await Promise.all(readable.map(shownAs));
  return { links, mounts: [...mounts, ...further, { ...(await shownAs(door)), target: DOOR_INSIDE }] };
}

/** `door`: a folder that only the sandbox's user will be able to enter, beside root. */
async function startSandbox(
  plan: Pick<SandboxPlan, 'mounts' | 'links' | 'program'>,
  memoryLimit: number,
  door?: string,
): Promise<WorkerProcess> {
  const parts = new StartedParts();
  try {
    const user = await takeUser();
    if (user) parts.add(user);
    const uid = user?.uid ?? null;
    if (uid !== null && door !== undefined) await chown(door, uid, uid);
    const memory = (await limitsFolders()) ? memoryLimit * SHARE_OF_FILES : null;
    const { argv, texts } = await sandboxCommand({ ...plan, uid, memory });
    const env = workerEnvironment(process.env, TEMPORARY_INSIDE);
    const started = parts.add(await startProcess({ argv, env, texts }));
    return { ...started, [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose]() };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

const lookOnce = once(look);

/** A sandbox is made and left again. */
async function look(): Promise<Problem | null> {
  if (process.platform !== 'linux') {
    const message = `${WHO} run in a sandbox of Linux, and this is ${process.platform}`;
    return { code: CODE, message, fix: UNCONFINED };
  }
  const { programs, install } = await missingForSandbox(WORKER_PATH);
  if (install !== null)
    return { code: CODE, message: `${WHO} lack ${describeMissing(programs)}`, fix: install };
  const said = await failureOf(['true']);
  if (said === null) return null;
  const words = { who: WHO, danger: 'a hostile file reaches what this user reaches' };
  return { code: CODE, ...(await whyNoSandbox(said, words, UNCONFINED)) };
}

/** What the system said, null when all went well. Never throws. */
async function failureOf(program: readonly string[]): Promise<string | null> {
  const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
  try {
    await using probe = await startSandbox({ program, mounts: [], links: [] }, 2 ** 24);
    probe.stdout.resume();
    const [said, how] = await abortable(Promise.all([textOf(probe.stderr), probe.ended]), limit);
    return how === 'with exit code 0' ? null : said.trim() || `it ended ${how}`;
  } catch (error) {
    return messageOf(error);
  }
}
