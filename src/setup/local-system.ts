/** This machine, as steps see it: programs through execa, arguments as lists, sudo without a prompt. */
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';
import { readKvmFacts } from '../platform/kvm-facts.js';
import { readAptLockHolder } from './apt-lock.js';
import type { Command } from './command.js';
import { shellLine } from './quote.js';
import { openStdin } from './stdin-file.js';
import type { CommandFailure, QueryResult, System } from './step.js';

const QUERY_LIMIT_MS = 20_000;
const RUN_LIMIT_MS = 15 * 60_000;
const KILL_AFTER_MS = 10_000;
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
  const { file, args, input } = await invocation({ argv, as }, isRoot);
  const result = await execa(file, args, {
    reject: false,
    env: { ...environment(), ...env },
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
      hint: 'run it by hand to see what it waits for',
    });
  }
  return { exitCode: result.exitCode ?? 127, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

async function run(
  command: Command,
  isRoot: boolean,
  { signal, onLine }: { signal: AbortSignal; onLine(line: string): void },
): Promise<CommandFailure | null> {
  const { file, args, input } = await invocation(command, isRoot);
  await using stdin = await openStdin(input ?? command.stdin);
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    all: true,
    stdin: stdin.stream ?? 'ignore',
    env: { ...environment(), ...command.env },
    timeout: command.limitMs ?? RUN_LIMIT_MS,
    cancelSignal: signal,
    forceKillAfterDelay: KILL_AFTER_MS,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
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
  if (result.exitCode === 0) return null;
  if (result.exitCode === undefined && !result.timedOut)
    take(result.originalMessage ?? `ended by ${result.signal}`);
  return { command, exitCode: result.timedOut ? null : (result.exitCode ?? 127), lines };
}

/** On Debian a user's PATH lacks the folders of dockerd, usermod and modprobe. */
function environment(): Record<string, string> {
  return { LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
}

interface Invocation {
  file: string;
  args: string[];
  input?: string;
}

/** How `as` is done. No part of the command goes through a shell: sg's one line is constant, and xargs gets the words. */
async function invocation(
  { argv, as, env }: Pick<Command, 'argv' | 'as' | 'env'>,
  isRoot: boolean,
): Promise<Invocation> {
  const [program, ...args] = argv;
  if (as === 'root' && !isRoot) {
    const kept = [
      ...Object.keys(process.env).filter((name) => /_proxy$/i.test(name)),
      ...Object.keys(env ?? {}),
    ];
    return {
      file: 'sudo',
      args: ['-n', ...(kept.length > 0 ? [`--preserve-env=${kept.join(',')}`] : []), '--', ...argv],
    };
  }
  if (as === 'docker' && !isRoot && !(await hasDockerGroup())) {
    return {
      file: 'sg',
      args: ['docker', '-c', 'exec xargs -0 docker'],
      input: args.map((word) => `${word}\0`).join(''),
    };
  }
  return { file: program, args };
}

/** Whether this process has the group already. When the system has no such group, sg could not give it either. */
async function hasDockerGroup(): Promise<boolean> {
  const { stdout } = await execa('getent', ['group', 'docker'], { reject: false });
  const gid = stdout?.split(':')[2];
  return !gid || (process.getgroups?.() ?? []).includes(Number(gid));
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
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
