/** Reads a task's `evaluator` object: which metrics judge what, with which options. Facts: evaluators.md §1. */
import { nearestName } from '../config/nearest.js';
import type { TaskEvaluator } from '../desktop/task.js';
import type { Problem } from '../errors.js';
import { OSWORLD_GETTERS, OSWORLD_METRICS } from './osworld-names.js';

export type GetterConfig = NonNullable<Exclude<TaskEvaluator['result'], unknown[]>>;

export interface CriterionSpec {
  metric: string;
  result: GetterConfig;
  /** Null for a metric that only looks at the result. */
  expected: GetterConfig | null;
  options: Record<string, unknown>;
}

/** Not a metric but a rule of its own: the task cannot be done, and the agent should have said so. */
export const INFEASIBLE = 'infeasible';

/** Who can carry out the functions of an evaluator: what is wrong with one of them, if anything. */
export interface FunctionChecks {
  metric(spec: CriterionSpec): Problem[];
  getter(config: GetterConfig): Problem[];
}

/**
 * What `checks` find in the functions of `evaluator`, and everything of it that cannot be understood or that OSWorld does
 * not have (E_TASK_INVALID), up to some fifty. Empty when the task can be evaluated.
 */
export function checkFunctions(evaluator: TaskEvaluator, checks: FunctionChecks): Problem[] {
  if (evaluator.func === INFEASIBLE) return [];
  const criteria = readCriteria(evaluator);
  if (!Array.isArray(criteria)) return [criteria];
  const problems = new Map<string, Problem>();
  for (const spec of criteria) {
    const { metric, result, expected } = spec;
    const found = [
      ...unknownTo('metric', metric, OSWORLD_METRICS, () => checks.metric(spec)),
      ...[result, ...(expected === null ? [] : [expected])].flatMap((config) =>
        unknownTo('getter', config.type, OSWORLD_GETTERS, () => checks.getter(config)),
      ),
    ];
    for (const problem of found) if (!problems.has(problem.message)) problems.set(problem.message, problem);
    if (problems.size > MOST) break;
  }
  return [...problems.values()];
}

/** More of them say nothing new, and take their time. */
const MOST = 50;

/** The getters that `evaluator` names, of results and of what is expected. */
export function gettersOf(evaluator: TaskEvaluator): GetterConfig[] {
  const criteria = readCriteria(evaluator);
  if (evaluator.func === INFEASIBLE || !Array.isArray(criteria)) return [];
  return criteria.flatMap(({ result, expected }) => [result, expected]).filter((config) => config !== null);
}

/** The criteria in order, or the problem that keeps them from being read. */
export function readCriteria(evaluator: TaskEvaluator): CriterionSpec[] | Problem {
  const functions = [evaluator.func].flat();
  const results = align(evaluator.func, evaluator.result, functions.length);
  const expected = align(evaluator.func, evaluator.expected ?? null, functions.length);
  const options = align(evaluator.func, evaluator.options ?? null, functions.length);
  if (!results || !expected || !options) {
    return invalid('the lists func, result, expected and options of the evaluator have different lengths');
  }
  const criteria: CriterionSpec[] = [];
  for (const [index, metric] of functions.entries()) {
    const result = results[index];
    if (!result) return invalid(`the metric ${metric} has no result getter`);
    criteria.push({ metric, result, expected: expected[index] ?? null, options: options[index] ?? {} });
  }
  return criteria;
}

/** One value per function: a list goes with a list, a single value with a single one, null or an empty list with either. */
function align<T>(
  func: string | string[],
  given: T | T[] | null | undefined,
  length: number,
): (T | null)[] | null {
  if (given === null || given === undefined || (Array.isArray(given) && given.length === 0))
    return Array.from({ length }, () => null);
  if (Array.isArray(func) !== Array.isArray(given)) return null;
  const values = Array.isArray(given) ? given : [given];
  return values.length === length ? values : null;
}

/** What OSWorld does not have can be judged by nobody. */
function unknownTo(
  what: 'metric' | 'getter',
  name: string,
  known: readonly string[],
  check: () => Problem[],
): Problem[] {
  if (known.includes(name)) return check();
  const nearest = nearestName(name, known);
  return [
    {
      code: 'E_TASK_INVALID',
      message: `OSWorld has no ${what} ${JSON.stringify(name)}`,
      fix: nearest === undefined ? COMPARE : `did you mean ${nearest}?`,
    },
  ];
}

const COMPARE = 'compare the task with the published OSWorld task of the same id';

/** Part of an evaluator that cannot be understood. */
export function invalid(message: string): Problem {
  return { code: 'E_TASK_INVALID', message, fix: COMPARE };
}
