/**
 * OSWorld's own metrics and getters, in Python workers. Getters that are native stay native, in the evaluation's thread,
 * which asks here for the rest.
 */
import type { AgentClient } from '../../desktop/agent-client.js';
import type { Task, TaskEvaluator } from '../../desktop/task.js';
import { ArpoEnvError } from '../../errors.js';
import { answerOf, unwrap } from '../apart/messages.js';
import type { EvaluationThreads } from '../apart/threads.js';
import { gettersOf, readCriteria } from '../criteria.js';
import type { EvaluationContext, Judge } from '../judge.js';
import { nativeJudge } from '../native/judge.js';
import type { PythonFunctions, PythonWorkers, Subject } from './functions.js';
import { type Equipment, isNative, osworldProblems } from './missing.js';
import type { FunctionName } from './protocol.js';
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
        opened ??= workers().open(subjectOf(task, context, platform));
        return opened;
      };
      try {
        return await threads.evaluate(task, context, (question) =>
          question.type === 'get'
            ? fromDesktop(context, functions().get(question.config))
            : functions().measure(question.spec, question.result, question.expected),
        );
      } finally {
        await opened?.[Symbol.asyncDispose]();
      }
    },
  } satisfies Judge;
}

/**
 * What a getter gives. OSWorld's controller answers None for a desktop that does not answer, and its metrics 0.0 for None:
 * whether one is there still is asked afterwards. Throws E_AGENT_UNREACHABLE.
 */
async function fromDesktop(
  { agent, signal }: EvaluationContext,
  getting: Promise<unknown>,
): Promise<unknown> {
  const outcome = await answerOf(() => getting);
  if (outcome.type !== 'failed') await requireAgent(agent, signal);
  return unwrap(outcome);
}

async function requireAgent(agent: AgentClient, signal: AbortSignal): Promise<void> {
  try {
    await agent.platform({ signal });
  } catch (error) {
    // One that answers with an error is there.
    if (!(error instanceof ArpoEnvError) || error.code !== 'E_AGENT_FAILED') throw error;
  }
}

function subjectOf({ id, evaluator }: Task, context: EvaluationContext, platform: string): Subject {
  const { agent, endpoints, cacheDir, clientPassword, signal } = context;
  return {
    ...{ id, endpoints, agentSocket: agent.socket, platform, cacheDir, clientPassword, signal },
    functions: functionsOf(evaluator),
  };
}

/** What Python will be asked to carry out. */
function functionsOf(evaluator: TaskEvaluator): FunctionName[] {
  const criteria = readCriteria(evaluator);
  if (!Array.isArray(criteria)) return [];
  return [
    ...criteria.map(({ metric }): FunctionName => ['measure', metric]),
    ...gettersOf(evaluator)
      .filter((config) => !isNative(config))
      .map(({ type }): FunctionName => ['get', type]),
  ];
}
