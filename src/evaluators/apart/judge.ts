/** The native judge in other threads. */
import type { TaskEvaluator } from '../../desktop/task.js';
import type { Judge } from '../judge.js';
import { nativeJudge } from '../native/judge.js';
import type { EvaluationThreads } from './threads.js';

/** As the judge's own; what takes too long or too much is E_EVALUATE_FAILED. */
export function judgeIn(threads: EvaluationThreads) {
  return {
    ...nativeJudge,
    check(evaluator: TaskEvaluator) {
      threads.prepare();
      return nativeJudge.check(evaluator);
    },
    judge: (task, context) => threads.evaluate(task, context),
  } satisfies Judge;
}
