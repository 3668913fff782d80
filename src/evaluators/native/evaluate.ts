/** Evaluation: how well a desktop is in the state that its task asks for, judged as OSWorld judges. Order: evaluators.md §2. */
import { runSetup } from '../../desktop/setup/run-setup.js';
import type { Task } from '../../desktop/task.js';
import { ArpoEnvError, type ErrorCode, type Problem } from '../../errors.js';
import type { EvaluationContext, Judge } from '../judge.js';
import { type Criterion, combine } from './combine.js';
import {
  type CriterionSpec,
  checkEvaluator,
  type GetterConfig,
  INFEASIBLE,
  readCriteria,
  readsTree,
  unavailable,
} from './criteria.js';
import { GETTERS } from './getters/index.js';
import { METRICS } from './metrics/index.js';
import { UnavailableError } from './metrics/metric.js';
import { PythonError } from './python/errors.js';

/** Our own metrics and getters, which need no library. */
export const nativeJudge: Judge = { name: 'native', check: checkEvaluator, readsTree, judge: evaluate };

/** Errors that say more than that an evaluator failed: the desktop is gone, or the failing function is named already. */
const KEPT: ReadonlySet<ErrorCode> = new Set([
  'E_AGENT_UNREACHABLE',
  'E_EVALUATE_FAILED',
  'E_EVALUATOR_UNAVAILABLE',
]);

/**
 * The score of the desktop's present state, mostly 0 to 1. Runs the task's `postconfig` first, which acts on the desktop.
 * Throws E_EVALUATOR_UNAVAILABLE or E_TASK_INVALID before anything is done, E_EVALUATE_FAILED when a metric or getter
 * fails, E_SETUP_FAILED when a postconfig step does, E_AGENT_UNREACHABLE, or the signal's reason. Never guesses a score.
 */
async function evaluate(task: Task, context: EvaluationContext): Promise<number> {
  const { evaluator } = task;
  const [problem] = checkEvaluator(evaluator);
  if (problem) throw new ArpoEnvError(problem);
  await runSetup(evaluator.postconfig, context);
  const gaveUp = context.actionHistory.at(-1)?.kind === 'fail';
  if (evaluator.func === INFEASIBLE) return gaveUp ? 1 : 0;
  if (gaveUp) return 0;
  const specs = readCriteria(evaluator);
  if (!Array.isArray(specs)) throw new ArpoEnvError(specs);
  const criteria = specs.map((spec) => bind(spec, context));
  const conj = Array.isArray(evaluator.func) ? evaluator.conj : 'and';
  return attempt(`the score of ${specs.map(({ metric }) => metric).join(', ')}`, context, () =>
    combine(criteria, conj),
  );
}

function bind(spec: CriterionSpec, context: EvaluationContext): Criterion {
  return {
    fetch: () => runGetter(spec.result, context),
    judge: async (result) => {
      const expected = spec.expected === null ? undefined : await runGetter(spec.expected, context);
      return runMetric(spec, result, expected, context);
    },
  };
}

async function runGetter(config: GetterConfig, context: EvaluationContext): Promise<unknown> {
  const name = `the getter ${config.type}`;
  const getter = GETTERS.get(config.type);
  if (!getter) throw new ArpoEnvError(unavailable(name));
  return attempt(name, context, () => getter.get(config, context));
}

async function runMetric(
  spec: CriterionSpec,
  result: unknown,
  expected: unknown,
  context: EvaluationContext,
): Promise<unknown> {
  const name = `the metric ${spec.metric}`;
  const metric = METRICS.get(spec.metric);
  if (!metric) throw new ArpoEnvError(unavailable(name));
  return attempt(name, context, () => metric(result, expected, spec.options));
}

/** What `run` gives; what it throws becomes an error that says which function failed, unless it is more telling by itself. */
async function attempt<T>(
  name: string,
  { signal }: EvaluationContext,
  run: () => T | Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnavailableError)
      throw new ArpoEnvError(unavailable(error.message), { cause: error });
    if (error instanceof ArpoEnvError && KEPT.has(error.code)) throw error;
    throw new ArpoEnvError(evaluateFailed(name, error), { cause: error });
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
    fix:
      error instanceof ArpoEnvError
        ? error.fix
        : 'the state of the desktop could not be judged; `--evaluate-errors zero` scores such an episode 0.0, as the Python server does',
  };
}
