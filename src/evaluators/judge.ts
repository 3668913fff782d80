/** Who scores an episode: the contract that every judge keeps. A judge knows nothing of envs. */
import type { Action } from '../desktop/action.js';
import type { SetupContext } from '../desktop/setup/run-setup.js';
import type { Task, TaskEvaluator } from '../desktop/task.js';
import type { Problem } from '../errors.js';
import type { Sleep } from '../lib/wait.js';

export type JudgeName = 'native' | 'osworld';

export interface Judge {
  /** Its name, or those of the judges among which it chooses for each task. */
  readonly names: readonly JudgeName[];
  /** Why this evaluator cannot be used here, if so, each with its fix; asked before a reset boots anything. */
  check(evaluator: TaskEvaluator): Problem[];
  /** Whether something changed on this machine since it looked: `check` may find less missing then. */
  lookAgain?(): Promise<boolean>;
  /** Whether it reads the desktop's accessibility tree, which not every desktop has. */
  readsTree(evaluator: TaskEvaluator): boolean;
  /**
   * The score of the desktop's present state, mostly 0 to 1. Throws E_EVALUATOR_UNAVAILABLE, E_TASK_INVALID,
   * E_EVALUATE_FAILED, E_SETUP_FAILED, E_AGENT_UNREACHABLE, or the signal's reason. Never guesses a score.
   */
  judge(task: Task, context: EvaluationContext): Promise<number>;
}

/** What an evaluation works on. */
export interface EvaluationContext extends SetupContext {
  /** What the agent did in this episode, in order; with `fail` it says that the task cannot be done. */
  actionHistory: readonly Action[];
  /** Waits. Default: by the clock. */
  sleep?: Sleep;
}
