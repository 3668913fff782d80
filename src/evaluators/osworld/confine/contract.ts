/** What the two ways to run a worker have in common. */
import type { Problem } from '../../../errors.js';
import type { WorkerProcess } from './process.js';

export interface Confinement {
  /** Why no worker can be started here, if so, with its fix. */
  readonly problem: Problem | null;
  /** What a person should know although it works, to be said once; null when there is nothing. */
  readonly warning: string | null;
  /** Why code that a task brings must not be run here, if so, with its fix. */
  readonly taskCodeProblem: Problem | null;
  /** Throws ArpoEnvError or the system's error when the worker cannot be started; nothing is left then. */
  start(program: WorkerProgram): Promise<WorkerProcess>;
}

/** What a worker finds where it runs. */
export interface Inside {
  /** Folder with the sockets of its door. */
  door: string;
  /** Its home, and the one folder that it should write to: of its own, and empty. */
  temporary: string;
  /** Whether the ports of loopback are its own; else others have theirs there, other workers too. */
  ownNetwork: boolean;
  /** Whether all processes that it may end are its own: by its process namespace, or by its user. */
  ownProcesses: boolean;
}

export interface WorkerProgram {
  /**
   * Its command line, which begins with an absolute path. An interpreter of a virtual environment is seen inside with its
   * environment and with the Python that it was made from.
   */
  argv(inside: Inside): readonly string[];
  /** Absolute paths that it reads, seen inside read-only: the parts that it needs, not a home or a whole clone. */
  readable: readonly string[];
  /** Folder of this machine with the sockets of its door, for this worker alone. */
  door: string;
  signal: AbortSignal;
}
