/** For each task: can it be set up and scored here, by whom, and what is missing. Asks no desktop. */
import type { Config } from '../config/schema.js';
import { checkSetup } from '../desktop/setup/run-setup.js';
import { type Task, taskSchema } from '../desktop/task.js';
import { checkTask } from '../env/check-task.js';
import { type Problem, toArpoEnvError } from '../errors.js';
import { type Choice, chooseJudge } from '../evaluators/engine.js';
import type { JudgeName } from '../evaluators/judge.js';
import { type Equipment, missingOf } from '../evaluators/osworld/missing.js';
import type { FoundTask } from './found-task.js';

export interface CheckContext {
  engine: Config['evaluators']['engine'];
  equipment: Equipment;
  /** Whether the desktops have a Chrome that can be steered. */
  hasChrome: boolean;
}

export interface CheckedTask {
  id: string;
  domain: string | null;
  /** Whether a reset would begin it. */
  setup: 'ok' | Problem;
  /** Who scores it; null when nobody can. */
  judge: JudgeName | null;
  /** Packages, programs, accounts, or what the provider's desktops lack. */
  missing: string[];
  /** The first thing to do about it; null when nothing is missing. */
  fix: string | null;
}

/** Never throws for a task: what is wrong with it is told. */
export function checkFoundTask({ id, domain, content }: FoundTask, context: CheckContext): CheckedTask {
  const unusable = (problem: Problem): CheckedTask => ({
    ...{ id, domain, setup: problem, judge: null, missing: [], fix: problem.fix },
  });
  if ('problem' in content) return unusable(content.problem);
  try {
    return check({ id, domain, content }, context);
  } catch (error) {
    // Nested beyond what can be looked at.
    return unusable(toArpoEnvError(error).toJSON());
  }
}

function check({ id, domain, content }: FoundTask, context: CheckContext): CheckedTask {
  const value = 'value' in content ? content.value : undefined;
  const setup = setupProblem(value, context);
  const parsed = taskSchema.safeParse(value);
  if (!parsed.success)
    return { id, domain, setup: setup ?? 'ok', judge: null, missing: [], fix: setup?.fix ?? null };
  const task = parsed.data;
  const choice = chooseJudge(task.evaluator, context.engine, context.equipment);
  const missing = new Set([
    ...missingForSetup(task, setup, context),
    ...missingForJudge(task, choice, context),
  ]);
  return {
    ...{ id, domain, setup: setup ?? 'ok', judge: choice.judge, missing: [...missing] },
    fix: setup?.fix ?? choice.problems[0]?.fix ?? null,
  };
}

/** What a reset would refuse the task for, whoever scores it. */
function setupProblem(value: unknown, { engine, equipment, hasChrome }: CheckContext): Problem | null {
  const judge = {
    names: [],
    check: (evaluator: Task['evaluator']) => chooseJudge(evaluator, engine, equipment).problems,
    readsTree: () => false,
    judge: () => Promise.reject(new Error('nobody evaluates')),
  };
  try {
    checkTask(value, { judge, hasChrome, unscorable: 'play' });
    return null;
  } catch (error) {
    return toArpoEnvError(error).toJSON();
  }
}

function missingForSetup(
  { config, evaluator }: Task,
  setup: Problem | null,
  { hasChrome }: CheckContext,
): string[] {
  if (setup?.code === 'E_TASK_CREDENTIALS') return ['a Google account'];
  const steps = [...config, ...evaluator.postconfig];
  const problems = (has: boolean) => checkSetup(steps, { hasChrome: has }).length;
  return hasChrome || problems(false) === problems(true) ? [] : ["a Chrome in the provider's desktops"];
}

/** A task that is wrong by itself lacks nothing that could be brought. */
function missingForJudge(
  { evaluator }: Task,
  { judge, problems }: Choice,
  { engine, equipment }: CheckContext,
): string[] {
  if (judge !== null || problems.some(({ code }) => code === 'E_TASK_INVALID')) return [];
  return engine === 'native' ? ['evaluators.engine auto'] : missingOf(evaluator, equipment);
}
