/** Evaluation: how well a desktop is in the state that its task asks for, judged as OSWorld judges. Order: evaluators.md §2. */
import { runSetup } from '../desktop/setup/run-setup.js';
import type { Task } from '../desktop/task.js';
import { ArpoEnvError, type ErrorCode, type Problem } from '../errors.js';
import { type Criterion, combine } from './combine.js';
import { type CriterionSpec, type GetterConfig, INFEASIBLE, readCriteria } from './criteria.js';
import type { EvaluationContext } from './judge.js';
import { PythonError } from './python/errors.js';

/** Who carries out the functions of an evaluator. They throw PythonError where the reference raises. */
export interface Functions {
  /** The value of a getter. */
  get(config: GetterConfig, context: EvaluationContext): unknown;
  /** The value of a metric; `expected` is undefined where the task names none. */
  measure(spec: CriterionSpec, result: unknown, expected: unknown, context: EvaluationContext): unknown;
}

/** Errors that say more than that an evaluator failed: the desktop is gone, or the failing function is named already. */
const KEPT: ReadonlySet<ErrorCode> = new Set([
  'E_AGENT_UNREACHABLE',
  'E_EVALUATE_FAILED',
  'E_EVALUATOR_UNAVAILABLE',
]);

/**
 * The score of the desktop's present state, mostly 0 to 1. Runs the task's `postconfig` first, which acts on the desktop.
 * Throws E_TASK_INVALID before anything is done, E_EVALUATE_FAILED when a metric or getter fails, E_SETUP_FAILED when a
 * postconfig step does, E_AGENT_UNREACHABLE, what `functions` throw of ours, or the signal's reason. Never guesses a score.
 */
export async function evaluate(
  task: Task,
  context: EvaluationContext,
  functions: Functions,
): Promise<number> {
  const { evaluator } = task;
  const specs = evaluator.func === INFEASIBLE ? [] : readCriteria(evaluator);
  if (!Array.isArray(specs)) throw new ArpoEnvError(specs);
  await runSetup(evaluator.postconfig, context);
  const gaveUp = context.actionHistory.at(-1)?.kind === 'fail';
  if (evaluator.func === INFEASIBLE) return gaveUp ? 1 : 0;
  if (gaveUp) return 0;
  const criteria = specs.map((spec) => bind(spec, task, context, functions));
  const conj = Array.isArray(evaluator.func) ? evaluator.conj : 'and';
  const all = specs.map(({ metric }) => metric).join(', ');
  return attempt(`the score of ${all}`, task, context, () => combine(criteria, conj));
}

function bind(spec: CriterionSpec, task: Task, context: EvaluationContext, functions: Functions): Criterion {
  const get = (config: GetterConfig) =>
    attempt(`the getter ${config.type}`, task, context, () => functions.get(config, context));
  return {
    fetch: () => get(spec.result),
    judge: async (result) => {
      const expected = spec.expected === null ? undefined : await get(spec.expected);
      return attempt(`the metric ${spec.metric}`, task, context, () =>
        functions.measure(spec, result, expected, context),
      );
    },
  };
}

/** What `run` gives; what it throws becomes an error that says which function failed, unless it is more telling by itself. */
async function attempt<T>(
  name: string,
  { id }: Task,
  { signal }: EvaluationContext,
  run: () => T | Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ArpoEnvError && KEPT.has(error.code)) throw error;
    throw new ArpoEnvError(evaluateFailed(`${name} of task ${id.slice(0, 100)}`, error), { cause: error });
  }
}

function evaluateFailed(name: string, error: unknown): Problem {
  const cause =
    error instanceof PythonError
      ? `${error.name}: ${error.message}`
      : String(error instanceof Error ? error.message : error);
  return {
    code: 'E_EVALUATE_FAILED',
    message: `${name} failed: ${cause}`,
    fix: error instanceof ArpoEnvError ? error.fix : NOT_JUDGED,
  };
}

/** The fix of an evaluation that failed for a reason that lies in what was judged. */
export const NOT_JUDGED =
  'the state of the desktop could not be judged; `--evaluate-errors zero` scores such an episode 0.0, as the Python server does';
