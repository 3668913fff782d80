/** This machine, as steps see it: programs through execa, arguments as lists, sudo without a prompt. */

import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';
import { endTree } from '../host/end-tree.js';
import { readKvmFacts } from '../host/kvm/facts.js';
import { errno } from '../lib/errno.js';
import { shellLine } from '../shell-words.js';
import { readAptLockHolder } from './apt-lock.js';
import type { Command } from './command.js';
import { invocation } from './invocation.js';
import { openStdin } from './stdin-file.js';
import type { CommandFailure, QueryResult, System } from './step.js';

const QUERY_LIMIT_MS = 20_000;
const RUN_LIMIT_MS = 15 * 60_000;
const LINES_KEPT = 30;

/** `signal` ends queries; each run has its own. `isRoot`: no sudo. */
export function localSystem({ isRoot, signal }: { isRoot: boolean; signal: AbortSignal }): System {
  return {
    query: (command) => query(command, isRoot, signal),
    run: (command, options) => run(command, isRoot, options),
    readText: (path) => readFile(path, 'utf8').catch(nullIfMissing),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    list: async (folder) => (await readdir(folder).catch(nullIfMissing)) ?? [],
    sizeOf,
    freeBytes,
    kvm: () => readKvmFacts(),
    aptLockHolder: () => readAptLockHolder(),
  };
}

async function query(
  { argv, as, cwd, env }: Pick<Command, 'argv' | 'as' | 'cwd' | 'env'>,
  isRoot: boolean,
  signal: AbortSignal,
): Promise<QueryResult> {
  const { input, ...started } = await invocation({ argv, as, ...(env === undefined ? {} : { env }) }, isRoot);
  const result = await execa(started.file, started.args, {
    reject: false,
    env: started.env,
    timeout: QUERY_LIMIT_MS,
    cancelSignal: signal,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  signal.throwIfAborted();
  if (result.timedOut) {
    throw new ArpoEnvError({
      code: 'E_TIMEOUT',
      message: `${shellLine(argv)} did not end within ${QUERY_LIMIT_MS / 1000} s`,
      fix: 'run it by hand to see what it waits for',
    });
  }
  return { exitCode: result.exitCode ?? 127, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

async function run(
  command: Command,
  isRoot: boolean,
  { signal, onLine }: { signal: AbortSignal; onLine(line: string): void },
): Promise<CommandFailure | null> {
  signal.throwIfAborted();
  const { file, args, env, input } = await invocation(command, isRoot);
  await using stdin = await openStdin(input ?? command.stdin);
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    all: true,
    stdin: stdin.stream ?? 'ignore',
    env,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const limit = AbortSignal.timeout(command.limitMs ?? RUN_LIMIT_MS);
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
  if (limit.aborted) return { command, exitCode: null, lines };
  if (result.exitCode === 0) return null;
  if (result.exitCode === undefined) take(result.originalMessage ?? `ended by ${result.signal}`);
  return { command, exitCode: result.exitCode ?? 127, lines };
}

/** Ends the program when `stop` aborts; disposing waits until it is gone. */
function endOn(stop: AbortSignal, pid: number | undefined): AsyncDisposable {
  let ended = Promise.resolve();
  const end = () => {
    if (pid !== undefined) ended = endTree(pid);
  };
  stop.addEventListener('abort', end);
  return {
    async [Symbol.asyncDispose]() {
      stop.removeEventListener('abort', end);
      await ended;
    },
  };
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(nullIfMissing);
  if (found === null || found.isFile()) return found?.size ?? null;
  const sizes = await Promise.all(
    (await readdir(path)).map(async (name) => (await stat(join(path, name)).catch(nullIfMissing))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (errno(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
