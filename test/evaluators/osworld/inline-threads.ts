/** Evaluations in this very thread: others would need the compiled program. */
import type { EvaluationThreads } from '../../../src/evaluators/apart/threads.js';
import { evaluate } from '../../../src/evaluators/evaluate.js';
import { nativeFunctions, nativeJudge } from '../../../src/evaluators/native/judge.js';
import { isNative } from '../../../src/evaluators/osworld/missing.js';

export const inlineThreads: EvaluationThreads = {
  prepare: () => undefined,
  async evaluate(task, context, answering) {
    if (answering === undefined) return nativeJudge.judge(task, context);
    return evaluate(task, context, {
      get: (config) =>
        isNative(config) ? nativeFunctions.get(config, context) : answering({ type: 'get', config }),
      measure: (spec, result, expected) => answering({ type: 'measure', spec, result, expected }),
    });
  },
};
