/** A worker's process: how it is started, its pipes, and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { sendSignal } from '../../../host/process.js';
import { endOf } from '../../../lib/child-end.js';
import { andNothingElse } from '../../../lib/inherited-descriptors.js';

/** File descriptors of a worker, beside the usual three. */
const WORKER_DESCRIPTORS = { requests: 3, answers: 4 } as const;
/** The first that the sandbox may use for itself; it closes them before the worker begins. */
export const FIRST_FREE_DESCRIPTOR = 5;

/** Disposing kills it, with all that a sandbox holds, and resolves when it is gone. */
export interface WorkerProcess extends AsyncDisposable {
  /** The outermost process, on this machine. */
  readonly pid: number;
  /** Its descriptor 3. A worker that is gone is no error here: `ended` says so. */
  readonly requests: Writable;
  /** Its descriptor 4. */
  readonly answers: Readable;
  /** What its code prints. Whoever starts it must read both. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with how it ended, e.g. `with exit code 1` or `by SIGKILL`. */
  readonly ended: Promise<string>;
}

export interface ProcessPlan {
  argv: readonly string[];
  /** All that it finds in its environment. */
  env: NodeJS.ProcessEnv;
  /** What is written to each further descriptor, from the first free one on. */
  texts: readonly (string | Buffer)[];
}

/** Throws the system's error when the program cannot be started. */
export async function startProcess({ argv, env, texts }: ProcessPlan): Promise<WorkerProcess> {
  const [program = '', ...args] = argv;
  const count = FIRST_FREE_DESCRIPTOR + texts.length;
  const child = spawn(program, args, {
    stdio: andNothingElse(Array.from({ length: count }, (_, number) => (number === 0 ? 'ignore' : 'pipe'))),
    detached: true,
    cwd: '/',
    env,
  });
  const ended = endOf(child);
  await once(child, 'spawn');
  const pipe = pipesOf(child);
  for (const [index, text] of texts.entries()) pipe(FIRST_FREE_DESCRIPTOR + index).end(text);
  return {
    pid: child.pid ?? 0,
    requests: pipe(WORKER_DESCRIPTORS.requests),
    answers: pipe(WORKER_DESCRIPTORS.answers),
    ...{ stdout: pipe(1), stderr: pipe(2), ended },
    async [Symbol.asyncDispose]() {
      endGroup(child);
      await ended;
    },
  };
}

/** A pipe whose other end is gone is not news: the process's end says it. */
function pipesOf({ stdio }: ChildProcess) {
  for (const stream of stdio) stream?.on('error', () => undefined);
  return (number: number) => stdio[number] as Duplex;
}

/** What it started is in its group where there is no sandbox; in one, its end is everybody's. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) sendSignal(-pid, 'SIGKILL');
}
