/** Reads a task's `evaluator` object: which metrics judge what, with which options. Facts: evaluators.md §1. */
import { z } from 'zod';
import { nearestName } from '../../config/nearest.js';
import type { TaskEvaluator } from '../../desktop/task.js';
import type { Problem } from '../../errors.js';
import { OSWORLD_GETTERS, OSWORLD_METRICS } from '../osworld-names.js';
import { GETTERS } from './getters/index.js';
import { METRICS } from './metrics/index.js';

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

/**
 * Every metric and getter of `evaluator` that is not available here (E_EVALUATOR_UNAVAILABLE, by name), and everything
 * of it that cannot be understood or that OSWorld does not have (E_TASK_INVALID), up to some fifty. Empty when the task can be evaluated. Looks at nothing but its argument.
 */
export function checkEvaluator(evaluator: TaskEvaluator): Problem[] {
  if (evaluator.func === INFEASIBLE) return [];
  const criteria = readCriteria(evaluator);
  if (!Array.isArray(criteria)) return [criteria];
  const problems = new Map<string, Problem>();
  for (const { metric, result, expected } of criteria) {
    const found = [
      ...(METRICS.has(metric) ? [] : [notHere('metric', metric, OSWORLD_METRICS)]),
      ...checkGetter(result),
      ...(expected === null ? [] : checkGetter(expected)),
    ];
    for (const problem of found) if (!problems.has(problem.message)) problems.set(problem.message, problem);
    if (problems.size > MOST) break;
  }
  return [...problems.values()];
}

/** More of them say nothing new, and take their time. */
const MOST = 50;

/** Whether one of its getters reads the accessibility tree. */
export function readsTree(evaluator: TaskEvaluator): boolean {
  const criteria = readCriteria(evaluator);
  if (evaluator.func === INFEASIBLE || !Array.isArray(criteria)) return false;
  return criteria
    .flatMap(({ result, expected }) => [result, expected])
    .some((config) => config !== null && GETTERS.get(config.type)?.readsTree === true);
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

/** One value per function: a list goes with a list, a single value with a single one, null with either. */
function align<T>(
  func: string | string[],
  given: T | T[] | null | undefined,
  length: number,
): (T | null)[] | null {
  if (given === null || given === undefined) return Array.from({ length }, () => null);
  if (Array.isArray(func) !== Array.isArray(given)) return null;
  const values = Array.isArray(given) ? given : [given];
  return values.length === length ? values : null;
}

function checkGetter(config: GetterConfig): Problem[] {
  const getter = GETTERS.get(config.type);
  if (!getter) return [notHere('getter', config.type, OSWORLD_GETTERS)];
  const checked = getter.config.safeParse(config);
  return checked.success
    ? []
    : [invalid(`the getter ${config.type} has a wrong config: ${z.prettifyError(checked.error)}`)];
}

/** What OSWorld has can be judged elsewhere; what it does not have can be judged nowhere. */
function notHere(what: 'metric' | 'getter', name: string, known: readonly string[]): Problem {
  if (known.includes(name)) return unavailable(`the ${what} ${name}`);
  const nearest = nearestName(name, known);
  return {
    code: 'E_TASK_INVALID',
    message: `OSWorld has no ${what} ${JSON.stringify(name)}`,
    fix: nearest === undefined ? COMPARE : `did you mean ${nearest}?`,
  };
}

const COMPARE = 'compare the task with the published OSWorld task of the same id';

export function unavailable(what: string): Problem {
  return {
    code: 'E_EVALUATOR_UNAVAILABLE',
    message: `${what} of OSWorld is not available in arpo-env`,
    fix: "evaluate this task with OSWorld's own Python code: `arpo-env serve --engine uvicorn --repo DIR`",
  };
}

function invalid(message: string): Problem {
  return {
    code: 'E_TASK_INVALID',
    message,
    fix: COMPARE,
  };
}
