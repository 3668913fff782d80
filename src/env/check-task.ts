/** A task as a client sends it, checked before anything is touched. */
import { checkSetup } from '../desktop/setup/run-setup.js';
import { type Task, taskSchema } from '../desktop/task.js';
import { ArpoEnvError } from '../errors.js';

/**
 * The task, or E_TASK_INVALID before anything boots. An evaluator that is not available does not refuse a task: it can
 * be played, and `evaluate` then answers 501 naming the function.
 */
export function checkTask(taskConfig: unknown): Task {
  const parsed = taskSchema.safeParse(taskConfig);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'task_config'}: ${message}`,
    );
    throw invalid(issues, 'send a task of OSWorld: id, instruction, evaluator and, mostly, config');
  }
  const task = parsed.data;
  const problems = [...checkSetup(task.config), ...checkSetup(task.evaluator.postconfig)];
  const [first] = problems;
  if (first)
    throw invalid(
      problems.map(({ message }) => message),
      first.fix,
    );
  return task;
}

function invalid(problems: readonly string[], fix: string): ArpoEnvError {
  const message = `the task config cannot be used: ${problems.join('; ')}`;
  return new ArpoEnvError({ code: 'E_TASK_INVALID', message, fix });
}
