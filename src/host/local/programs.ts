/** Programs of this machine: through execa, arguments as lists, sudo without a prompt. */
import { constants } from 'node:os';
import { execa } from 'execa';
import { onAbort } from '../../lib/wait.js';
import type { Argv, Followed, FollowOptions, HostPrograms, RunOptions, RunResult } from '../host.js';
import { endTree } from './end-tree.js';
import { invocation, type Self } from './invocation.js';
import { openStdin } from './stdin-file.js';

const RUN_LIMIT_MS = 5000;
const FOLLOW_LIMIT_MS = 15 * 60_000;
const LINES_KEPT = 30;
/** More than any answer that is read whole. */
const OUTPUT_LIMIT = 4 * 1024 ** 2;

/** `isRoot`: no sudo. */
export function localPrograms(env: NodeJS.ProcessEnv, isRoot: boolean): HostPrograms {
  const self = { env, isRoot };
  return {
    run: (argv, options) => run(argv, options, self),
    follow: (argv, options) => follow(argv, options, self),
  };
}

async function run(argv: Argv, options: RunOptions, self: Self): Promise<RunResult> {
  const { signal, timeoutMs = RUN_LIMIT_MS, cwd } = options;
  const { file, args, env, input = options.input } = await invocation(argv, options, self);
  const result = await execa(file, args, {
    reject: false,
    env,
    timeout: timeoutMs,
    forceKillAfterDelay: 500,
    maxBuffer: OUTPUT_LIMIT,
    cancelSignal: signal,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  signal.throwIfAborted();
  const exitCode = result.timedOut || result.isMaxBuffer ? null : exitCodeOf(result);
  return { exitCode, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

async function follow(argv: Argv, options: FollowOptions, self: Self): Promise<Followed> {
  const { signal, timeoutMs = FOLLOW_LIMIT_MS, cwd, onLine } = options;
  signal.throwIfAborted();
  const { file, args, env, input } = await invocation(argv, options, self);
  await using stdin = await openStdin(input ?? options.input);
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    all: true,
    stdin: stdin.stream ?? 'ignore',
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const limit = AbortSignal.timeout(timeoutMs);
  await using _ending = endOn(AbortSignal.any([signal, limit]), child.pid);
  const lines: string[] = [];
  let partial = '';
  const take = (line: string) => {
    if (line.trim() === '') return;
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    onLine(line);
  };
  child.all?.setEncoding('utf8').on('data', (text: string) => {
    // Progress bars overwrite their line with a carriage return.
    const pieces = (partial + text).split(/[\r\n]+/);
    partial = pieces.pop() ?? '';
    for (const piece of pieces) take(piece);
  });
  const result = await child;
  take(partial);
  signal.throwIfAborted();
  if (limit.aborted) return { exitCode: null, lines };
  if (result.exitCode === undefined) take(result.originalMessage ?? `ended by ${result.signal}`);
  return { exitCode: exitCodeOf(result), lines };
}

/** As a shell says it: 127 for what could not be started, 128 and its number for a signal. */
function exitCodeOf({ exitCode, signal }: { exitCode?: number; signal?: NodeJS.Signals }): number {
  if (exitCode !== undefined) return exitCode;
  return signal === undefined ? 127 : 128 + constants.signals[signal];
}

/** Ends the program when `stop` aborts; disposing waits until it is gone. */
function endOn(stop: AbortSignal, pid: number | undefined): AsyncDisposable {
  let ended = Promise.resolve();
  const listener = onAbort(stop, () => {
    if (pid !== undefined) ended = endTree(pid);
  });
  return {
    async [Symbol.asyncDispose]() {
      listener[Symbol.dispose]();
      await ended;
    },
  };
}
