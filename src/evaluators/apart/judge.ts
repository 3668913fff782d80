/** The native judge in threads of its own. */
import type { Judge } from '../judge.js';
import { nativeJudge } from '../native/judge.js';
import { evaluationThreads, type ThreadOptions } from './threads.js';

/** As the judge's own; what takes too long or too much is E_EVALUATE_FAILED. */
export function judgeApart(options: ThreadOptions = {}): Judge {
  const threads = evaluationThreads(options);
  return {
    ...nativeJudge,
    check(evaluator) {
      threads.prepare();
      return nativeJudge.check(evaluator);
    },
    judge: (task, context) => threads.evaluate(task, context),
  };
}
