/**
 * OSWorld's own metrics and getters, in Python workers. Getters that are native stay native, in the evaluation's thread,
 * which asks here for the rest.
 */
import type { Task, TaskEvaluator } from '../../desktop/task.js';
import { ArpoEnvError } from '../../errors.js';
import type { EvaluationThreads } from '../apart/threads.js';
import { gettersOf } from '../criteria.js';
import type { EvaluationContext, Judge } from '../judge.js';
import { nativeJudge } from '../native/judge.js';
import type { PythonFunctions, PythonWorkers } from './functions.js';
import { type Equipment, osworldProblems } from './missing.js';
import { readsTree } from './requirements.js';

export interface OsworldJudgeOptions {
  /** What is there at the moment. */
  equipment(): Equipment;
  /** Asked for with the first function that Python is to carry out. */
  workers(): PythonWorkers;
  threads: EvaluationThreads;
  /** What the guest's `platform.system()` says. */
  platform: string;
}

export function osworldJudge({ equipment, workers, threads, platform }: OsworldJudgeOptions) {
  const check = (evaluator: TaskEvaluator) => osworldProblems(evaluator, equipment());
  return {
    names: ['osworld'],
    check,
    readsTree: (evaluator: TaskEvaluator) =>
      nativeJudge.readsTree(evaluator) || gettersOf(evaluator).some(readsTree),
    async judge(task: Task, context: EvaluationContext) {
      const [problem] = check(task.evaluator);
      if (problem) throw new ArpoEnvError(problem);
      let opened: PythonFunctions | undefined;
      const functions = () => {
        opened ??= workers().open(subjectOf(task.id, context, platform));
        return opened;
      };
      try {
        return await threads.evaluate(task, context, (question) =>
          question.type === 'get'
            ? functions().get(question.config)
            : functions().measure(question.spec, question.result, question.expected),
        );
      } finally {
        await opened?.[Symbol.asyncDispose]();
      }
    },
  } satisfies Judge;
}

function subjectOf(id: string, context: EvaluationContext, platform: string) {
  const { endpoints, cacheDir, clientPassword, signal } = context;
  return { id, endpoints, platform, cacheDir, clientPassword, signal };
}
