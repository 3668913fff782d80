/** Who scores which task, as the config's `evaluators` say: our own metrics, or OSWorld's own evaluators. */
import type { Config } from '../config/schema.js';
import type { Task, TaskEvaluator } from '../desktop/task.js';
import { ArpoEnvError, type Problem } from '../errors.js';
import { disposeOnce } from '../lib/once.js';
import { judgeIn } from './apart/judge.js';
import { type EvaluationThreads, evaluationThreads } from './apart/threads.js';
import type { EvaluationContext, Judge, JudgeName } from './judge.js';
import { nativeJudge } from './native/judge.js';
import { PUBLISHED_TASKS, scoredTasks } from './osworld/coverage.js';
import { INSTALL_COMMAND } from './osworld/installation.js';
import { type EvaluatorSettings, installedEvaluators, type StartWorkers } from './osworld/installed.js';
import { osworldJudge } from './osworld/judge.js';
import { type Equipment, osworldProblems } from './osworld/missing.js';

type Engine = Config['evaluators']['engine'];

export interface JudgeOptions {
  settings: EvaluatorSettings & { engine: Engine };
  /** What the guests' `platform.system()` says. */
  platform: string;
  onEvent?: ((event: JudgesEvent) => void) | undefined;
  /** For tests. */
  startWorkers?: StartWorkers;
  threads?: EvaluationThreads;
}

/** Who scores, at the start and whenever that has changed. */
export interface JudgesEvent {
  type: 'judges';
  /** Who, how many of OSWorld's own tasks, and how that becomes more. */
  description: string;
  /** What a person should know of the sandbox. */
  warning: string | null;
}

/** Disposing it ends the workers. */
export type EngineJudge = Judge & AsyncDisposable;

/**
 * Each task goes to the judge that can score it: what was installed in the meantime is found when it is missed. Throws
 * nothing for a judge that is missing: its `check` says so.
 */
export async function createJudge(options: JudgeOptions): Promise<EngineJudge> {
  const { settings, platform, onEvent, startWorkers, threads = evaluationThreads() } = options;
  const { engine } = settings;
  const native = judgeIn(threads);
  const installed = await installedEvaluators(settings, { isWanted: engine !== 'native', startWorkers });
  const tell = () =>
    onEvent?.({
      type: 'judges',
      description: described(engine, installed.equipment()),
      warning: installed.warning(),
    });
  tell();
  const osworld = osworldJudge({ ...installed, threads, platform });
  const choose = (evaluator: TaskEvaluator) => chooseJudge(evaluator, engine, installed.equipment());
  const judgeOf = (evaluator: TaskEvaluator) => (choose(evaluator).judge === 'osworld' ? osworld : native);

  const lookAgain = async () => {
    const isOther = engine !== 'native' && (await installed.lookAgain());
    if (isOther) tell();
    return isOther;
  };
  return {
    get names() {
      return judgesThere(engine, installed.equipment());
    },
    check(evaluator) {
      threads.prepare();
      return choose(evaluator).problems;
    },
    lookAgain,
    readsTree: (evaluator) => judgeOf(evaluator).readsTree(evaluator),
    async judge(task, context) {
      if (choose(task.evaluator).judge === null) await lookAgain();
      const [problem] = choose(task.evaluator).problems;
      if (problem) throw new ArpoEnvError(problem);
      const chosen = judgeOf(task.evaluator);
      if (chosen === osworld) return judgeByOsworlds(task, context);
      return engine === 'native' ? native.judge(task, context) : judgeNatively(task, context);
    },
    ...disposeOnce(async () => installed[Symbol.asyncDispose]()),
  };

  /** What turns out to be beyond our metrics, a PDF in a ZIP, goes to OSWorld's. */
  async function judgeNatively(task: Task, context: EvaluationContext): Promise<number> {
    try {
      return await native.judge(task, context);
    } catch (error) {
      if (!isUnavailable(error) || osworld.check(task.evaluator).length > 0) throw error;
      return judgeByOsworlds(withoutSteps(task), context);
    }
  }

  /** What a worker misses may have been replaced under it: a new one sees it. */
  async function judgeByOsworlds(task: Task, context: EvaluationContext): Promise<number> {
    try {
      return await osworld.judge(task, context);
    } catch (error) {
      if (!isUnavailable(error) || !(await lookAgain())) throw error;
      return osworld.judge(withoutSteps(task), context);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ArpoEnvError && error.code === 'E_EVALUATOR_UNAVAILABLE';
}

/** They have acted on the desktop already. */
function withoutSteps(task: Task): Task {
  return { ...task, evaluator: { ...task.evaluator, postconfig: [] } };
}

export interface Choice {
  /** Null: nobody can. */
  judge: JudgeName | null;
  problems: Problem[];
}

/** Who scores such a task, and if nobody does, what is missing. */
export function chooseJudge(evaluator: TaskEvaluator, engine: Engine, equipment: Equipment): Choice {
  const ofNative = engine === 'osworld' ? null : nativeJudge.check(evaluator);
  if (ofNative?.length === 0) return { judge: 'native', problems: [] };
  const ofOsworld = engine === 'native' ? null : osworldProblems(evaluator, equipment);
  if (ofOsworld?.length === 0) return { judge: 'osworld', problems: [] };
  // What is wrong with the task itself comes first; what ours lacks is of no interest where OSWorld's can be installed.
  const invalid = (ofNative ?? []).filter(({ code }) => ofOsworld === null || code === 'E_TASK_INVALID');
  const told = new Set(invalid.map(({ message }) => message));
  return {
    judge: null,
    problems: [...invalid, ...(ofOsworld ?? []).filter(({ message }) => !told.has(message))],
  };
}

function judgesThere(engine: Engine, { installation }: Equipment): JudgeName[] {
  const isThere = installation.python !== null && installation.osworld !== null;
  return [
    ...(engine === 'osworld' ? [] : ['native' as const]),
    ...(engine === 'native' || !isThere ? [] : ['osworld' as const]),
  ];
}

function described(engine: Engine, equipment: Equipment): string {
  const { installation, core } = equipment;
  const names = judgesThere(engine, equipment);
  const scored = scoredTasks(engine, names.includes('osworld') ? installation.packages : null);
  const withCore = scoredTasks(engine, core);
  const now = `Judges: ${names.join(' and ') || 'none'}, for ${scored} of OSWorld's ${PUBLISHED_TASKS} tasks`;
  return scored >= withCore ? now : `${now}; ${INSTALL_COMMAND} makes it ${withCore}`;
}
