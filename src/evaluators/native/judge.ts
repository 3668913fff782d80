/** Our own metrics and getters, which need no library. */
import { z } from 'zod';
import type { Task, TaskEvaluator } from '../../desktop/task.js';
import { ArpoEnvError, type Problem } from '../../errors.js';
import { checkFunctions, type GetterConfig, gettersOf, invalid } from '../criteria.js';
import { evaluate, type Functions } from '../evaluate.js';
import type { EvaluationContext, Judge } from '../judge.js';
import { GETTERS } from './getters/index.js';
import { METRICS } from './metrics/index.js';
import { UnavailableError } from './metrics/metric.js';

export const nativeFunctions: Functions = {
  get(config, context) {
    const getter = GETTERS.get(config.type);
    if (!getter) throw new ArpoEnvError(unavailable(`the getter ${config.type}`));
    return getter.get(config, context);
  },
  async measure({ metric: name, options }, result, expected) {
    const metric = METRICS.get(name);
    if (!metric) throw new ArpoEnvError(unavailable(`the metric ${name}`));
    try {
      return await metric(result, expected, options);
    } catch (error) {
      if (error instanceof UnavailableError)
        throw new ArpoEnvError(unavailable(error.message), { cause: error });
      throw error;
    }
  },
};

export const nativeJudge = {
  names: ['native'],
  /** Every metric and getter that is not available here is E_EVALUATOR_UNAVAILABLE, by name. */
  check: (evaluator: TaskEvaluator) =>
    checkFunctions(evaluator, {
      metric: ({ metric }) => (METRICS.has(metric) ? [] : [unavailable(`the metric ${metric}`)]),
      getter: checkGetter,
    }),
  readsTree: (evaluator: TaskEvaluator) =>
    gettersOf(evaluator).some(({ type }) => GETTERS.get(type)?.readsTree === true),
  async judge(task: Task, context: EvaluationContext) {
    const [problem] = nativeJudge.check(task.evaluator);
    if (problem) throw new ArpoEnvError(problem);
    return evaluate(task, context, nativeFunctions);
  },
} satisfies Judge;

/** Not available, or with a config that it cannot use. */
export function checkGetter(config: GetterConfig): Problem[] {
  const getter = GETTERS.get(config.type);
  if (!getter) return [unavailable(`the getter ${config.type}`)];
  const checked = getter.config.safeParse(config);
  return checked.success
    ? []
    : [invalid(`the getter ${config.type} has a wrong config: ${z.prettifyError(checked.error)}`)];
}

function unavailable(what: string): Problem {
  return {
    code: 'E_EVALUATOR_UNAVAILABLE',
    message: `${what} of OSWorld is not available in arpo-env`,
    fix: "let OSWorld's own evaluators score it: `arpo-env evaluators install`, and evaluators.engine auto",
  };
}
