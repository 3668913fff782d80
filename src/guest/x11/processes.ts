/** The desktop's programs: started with its environment, each the leader of a process group. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { posix } from 'node:path';
import type { Duplex } from 'node:stream';
import { sendSignal } from '../../host/process.js';
import { endOf } from '../../lib/child-end.js';
import { messageOf } from '../../lib/errno.js';
import { onAbort } from '../../lib/wait.js';
import { FileError, fromSystem } from '../file-error.js';
import { GuestError, GuestTimeout, type RunOptions, type RunResult } from '../machine.js';
import { findProgram, isExecutable } from './executables.js';

export interface StartOptions {
  /** Working directory. Default: the home directory. */
  cwd?: string;
  /** A pipe from its file descriptor 3. */
  extraPipe?: boolean;
  /** What it reads on stdin. Default: nothing. */
  stdin?: 'pipe';
  /** Whether it may end, with all that it starts, before the desktop does where memory runs out. Default: false. */
  isExpendable?: boolean;
}

/** A program that was started and is not waited for. */
export interface Background {
  readonly extra: Duplex | null;
  readonly child: ChildProcess;
  /** How it ended, e.g. `with exit code 1` or `by SIGTERM`. Never rejects. */
  readonly ended: Promise<string>;
  /** The last of what it wrote on stderr. */
  lastLines(): string;
  /** To its whole process group; nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
}

/** More than any answer that a client would read. */
const OUTPUT_LIMIT_BYTES = 64 * 1024 ** 2;
const KEPT_STDERR = 4000;
/** Where memory runs out, the kernel ends first what has most: 500 counts as half of all that there is (proc(5)). */
const EXPENDABLE = '500';

/** A program's environment; in HOME it begins. */
export type Environment = Readonly<Record<string, string>> & { readonly HOME: string };

/** Disposing kills what it started, as far as it stayed in its process group, and lets go of the rest. */
export class Processes implements Disposable {
  readonly #running = new Set<ChildProcess>();
  readonly #environment: () => Environment;

  /** `environment` is asked at every start: the display's variables come when there is a display. */
  constructor(environment: () => Environment) {
    this.#environment = environment;
  }

  /** Runs to the end, and to the end of its output, as Python's `subprocess.run` does. Throws GuestError. */
  async run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
    const child = await this.#spawn(argv, options.cwd, ['ignore', 'pipe', 'pipe'], true);
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    const ending = new AbortController();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (bytes: Buffer) => {
        size += bytes.length;
        if (size > OUTPUT_LIMIT_BYTES)
          return ending.abort(new GuestError(`'${argv[0]}' wrote more than 64 MiB`));
        output[name].push(bytes);
      });
    }
    const timer = setTimeout(
      () => ending.abort(new GuestTimeout(argv, options.timeoutSeconds)),
      Math.min(options.timeoutSeconds * 1000, 2 ** 31 - 1),
    );
    try {
      using _killing = onAbort(ending.signal, () => {
        killGroup(child, 'SIGKILL');
        // What it started outside its group may hold the pipes for ever.
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      using _leaving = onAbort(options.signal, (reason) => ending.abort(reason));
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      ending.signal.throwIfAborted();
      return {
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr),
        returncode: code ?? -signalNumber(signal),
      };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Throws GuestError when it cannot be started. */
  async start(argv: readonly string[], options: StartOptions = {}): Promise<Background> {
    const stdio: ('ignore' | 'pipe')[] = [options.stdin ?? 'ignore', 'ignore', 'pipe'];
    if (options.extraPipe) stdio.push('pipe');
    const child = await this.#spawn(argv, options.cwd, stdio, options.isExpendable === true);
    let tail = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      tail = `${tail}${bytes}`.slice(-KEPT_STDERR);
    });
    const ended = endOf(child);
    return {
      extra: (child.stdio[3] ?? null) as Duplex | null,
      child,
      ended,
      lastLines: () => tail.trim(),
      kill: (signal) => killGroup(child, signal),
    };
  }

  /** Absolute path of a command on the desktop's PATH. */
  async find(command: string): Promise<string | null> {
    return findProgram([command], this.#environment().PATH ?? '');
  }

  async #spawn(
    argv: readonly string[],
    folder: string | undefined,
    stdio: ('ignore' | 'pipe')[],
    isExpendable: boolean,
  ): Promise<ChildProcess> {
    const env = this.#environment();
    const cwd = folder ?? env.HOME;
    await this.#check(argv, cwd);
    const [program = '', ...args] = argv;
    const child = spawn(program, args, { stdio, env, detached: true, cwd });
    if (isExpendable) sacrificeFirst(child);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    await once(child, 'spawn').catch((error: unknown) => {
      throw new GuestError(messageOf(error));
    });
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) {
      killGroup(child, 'SIGKILL');
      // What left the group may hold the pipes, and they this process.
      for (const stream of child.stdio) stream?.destroy();
    }
  }

  /** In Python's words, as its `subprocess` refuses. */
  async #check(argv: readonly string[], cwd: string): Promise<void> {
    const [program = ''] = argv;
    if (argv.some((arg) => arg.includes('\0'))) throw new GuestError('embedded null byte');
    const folder = await stat(cwd).catch((error: unknown) => {
      throw fromSystem(error, cwd);
    });
    if (!folder.isDirectory()) throw new FileError('ENOTDIR', cwd);
    if (!program.includes('/')) {
      if ((await this.find(program)) === null) throw new FileError('ENOENT', program);
      return;
    }
    const access = await isExecutable(posix.resolve(cwd, program));
    if (access !== 'yes') throw new FileError(access === 'no' ? 'EACCES' : 'ENOENT', program);
  }
}

/** A fork bomb has many small processes; without this, the biggest is the agent. */
function sacrificeFirst({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    // At once: what it starts inherits this.
    writeFileSync(`/proc/${pid}/oom_score_adj`, EXPENDABLE);
  } catch {
    // It has ended already, or this system has no such thing.
  }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  const hasEnded = exitCode !== null || signalCode !== null;
  // Once its leader has ended, the number may be another's.
  if (sendSignal(-pid, signal) === 'denied' && !hasEnded)
    throw new GuestError(`pid ${pid} belongs to another user`);
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}
