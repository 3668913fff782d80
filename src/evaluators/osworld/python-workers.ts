/** OSWorld's metrics and getters, carried out by Python workers. */
import { disposeOnce } from '../../lib/once.js';
import { abortable } from '../../lib/wait.js';
import { Evaluation, type EvaluationLimits } from './evaluation.js';
import type { PythonFunctions, PythonWorkers, Subject } from './functions.js';
import { WorkerPool } from './pool.js';
import type { FunctionName } from './protocol.js';
import { startWorker, type Worker, type WorkerSettings } from './worker.js';

export interface PythonWorkersOptions extends WorkerSettings, EvaluationLimits {
  /** How many evaluations run at once. */
  workers: number;
  /** Milliseconds after which a worker that nobody needs is ended. Default 5 minutes. */
  idleMs?: number | undefined;
}

const IDLE_MS = 300_000;

export function pythonWorkers(options: PythonWorkersOptions): PythonWorkers {
  const { workers, idleMs = IDLE_MS } = options;
  const pool = new WorkerPool({
    most: workers,
    idleMs,
    start: (signal) => startWorker(options, signal),
  });
  return {
    open: (subject) => openFunctions(subject, options, pool),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

interface Taken {
  worker: Worker;
  evaluation: Evaluation;
}

/** One call after the other, whatever the caller does: they share a process and its files. */
function openFunctions(subject: Subject, limits: EvaluationLimits, pool: WorkerPool): PythonFunctions {
  let taking: Promise<Taken> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const take = async (): Promise<Taken> => {
    const worker = await pool.take(subject.signal);
    return { worker, evaluation: new Evaluation(worker, subject, limits) };
  };

  const carryOut = async (name: FunctionName, body: Record<string, unknown>) => {
    subject.signal.throwIfAborted();
    taking ??= take();
    const { evaluation } = await taking;
    return evaluation.call(name, body);
  };

  const call = (name: FunctionName, body: Record<string, unknown>): Promise<unknown> => {
    const made = last.then(() => carryOut(name, body));
    last = made.catch(() => undefined);
    return abortable(made, subject.signal);
  };

  return {
    get: (config) => call(['get', config.type], { config }),
    measure: ({ metric, options }, result, expected) =>
      call(['measure', metric], { result, ...(expected === undefined ? {} : { expected }), options }),
    ...disposeOnce(async () => {
      const taken = await taking?.catch(() => undefined);
      if (taken) await pool.giveBack(taken.worker, await taken.evaluation.end());
    }),
  };
}
