/** Carries out metrics and getters of OSWorld's own code: the contract between the judge and its Python workers. */
import type { AgentSocket, DesktopEndpoints } from '../../desktop/endpoints.js';
import type { CriterionSpec, GetterConfig } from '../criteria.js';
import type { FunctionName } from './protocol.js';

/** Disposing it ends every worker. */
export interface PythonWorkers extends AsyncDisposable {
  /** One evaluation's functions. A worker is taken, or waited for, with the first one that is called. */
  open(subject: Subject): PythonFunctions;
}

/** What an evaluation is about. */
export interface Subject {
  /** Of the task, for messages. */
  id: string;
  /** Where the desktop is reached: by this one evaluation, and for as long as it lasts. */
  endpoints: DesktopEndpoints;
  /** On which the same agent listens. */
  agentSocket?: AgentSocket | undefined;
  /** What the guest's `platform.system()` says, as OSWorld's getters ask for it. */
  platform: string;
  /** Host folder that getters leave files in; the functions see what is in it when they are called. */
  cacheDir: string;
  /** Password of the guest's user. */
  clientPassword: string;
  /** What will be called, as far as it is known: loaded at first, it is there for all later evaluations too. */
  functions?: readonly FunctionName[];
  /** Ends the evaluation; its reason is thrown. */
  signal: AbortSignal;
}

/**
 * The functions of one evaluation. Both throw PythonError with what the Python code raised, and E_EVALUATE_FAILED, naming
 * task and function, when it took too long or too much memory, or the worker ended. Disposing it gives the worker back.
 */
export interface PythonFunctions extends AsyncDisposable {
  get(config: GetterConfig): Promise<unknown>;
  /** A string in `result` or `expected` that is the path of a file in the cache folder reaches the metric as such. */
  measure(spec: CriterionSpec, result: unknown, expected: unknown): Promise<unknown>;
}
