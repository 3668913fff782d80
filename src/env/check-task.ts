/** A task as a client sends it, checked before anything is touched. */
import { checkSetup } from '../desktop/setup/run-setup.js';
import { type Task, taskSchema } from '../desktop/task.js';
import { ArpoEnvError, type ErrorCode, type Problem } from '../errors.js';
import type { Judge } from '../evaluators/judge.js';
import type { EnvSettings } from './settings.js';

export interface TaskChecks {
  judge: Judge;
  /** Whether the desktops have a Chrome that can be steered. */
  hasChrome: boolean;
  /** Whether a task that nobody can score here is refused too. */
  unscorable: EnvSettings['unscorable'];
}

/**
 * The task, or before anything boots E_TASK_INVALID, or when that is not wrong with it, E_TASK_CREDENTIALS, or
 * E_EVALUATOR_UNAVAILABLE naming what is missing. Where such tasks are played, `evaluate` answers that.
 */
export function checkTask(taskConfig: unknown, { judge, hasChrome, unscorable }: TaskChecks): Task {
  const parsed = taskSchema.safeParse(taskConfig);
  if (!parsed.success) {
    throw refused(parsed.error.issues.map(({ path, message }) => malformed(path.join('.'), message)));
  }
  const task = parsed.data;
  const problems = [
    ...checkSetup(task.config, { hasChrome }),
    ...checkSetup(task.evaluator.postconfig, { hasChrome }),
    ...judge.check(task.evaluator).filter(({ code }) => unscorable === 'refuse' || code === 'E_TASK_INVALID'),
  ];
  if (problems.length > 0) throw refused(problems);
  return task;
}

function malformed(key: string, message: string): Problem {
  return {
    code: 'E_TASK_INVALID',
    message: `${key || 'task_config'}: ${message}`,
    fix: 'send a task of OSWorld: id, instruction, evaluator and, mostly, config',
  };
}

/** A message with more of them nobody reads. */
const MOST_TOLD = 10;

/** All of them in one message, with the fix of the first that is about the task itself. */
function refused(problems: readonly Problem[]): ArpoEnvError {
  const of = (wanted: ErrorCode) => problems.find((problem) => problem.code === wanted);
  const worst = of('E_TASK_INVALID') ?? of('E_TASK_CREDENTIALS') ?? problems[0];
  const { code, fix } = worst ?? malformed('', 'is wrong');
  const told = problems.slice(0, MOST_TOLD).map(({ message }) => shortened(message));
  if (problems.length > MOST_TOLD) told.push('and more');
  const what =
    code === 'E_EVALUATOR_UNAVAILABLE' ? 'nobody can score the task here' : 'the task config cannot be used';
  const message = `${what}: ${told.join('; ')}`;
  return new ArpoEnvError({ code, message, fix });
}

/** A task can name things as it likes. */
function shortened(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
