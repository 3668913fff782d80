/** From whatever was there to a new episode: a clean desktop, the task's set-up, the first screenshot. */
import { mkdir, rm } from 'node:fs/promises';
import { checkSetup, runSetup } from '../desktop/setup/run-setup.js';
import { type Task, taskSchema } from '../desktop/task.js';
import { ArpoEnvError, type ErrorCode, toArpoEnvError } from '../errors.js';
import { checkEvaluator } from '../evaluators/native/evaluate.js';
import { fileError } from '../lib/file-error.js';
import type { EnvDesktop } from './env-desktop.js';
import { Episode } from './episode.js';
import type { EnvEvent, EnvState } from './events.js';
import type { EnvSettings } from './settings.js';

export interface ResetContext {
  desktop: EnvDesktop;
  settings: EnvSettings;
  /** Host folder of the episode; what an earlier one left in it is removed. */
  episodeDir: string;
  signal: AbortSignal;
  onState: (state: EnvState) => void;
  onEvent: (event: EnvEvent) => void;
}

/** Errors that another attempt would meet again. */
const FINAL = new Set<ErrorCode>([
  'E_PROVIDER_UNAVAILABLE',
  'E_TASK_INVALID',
  'E_CONFIG',
  'E_DISK_FULL',
  'E_NO_PERMISSION',
  'E_INTERRUPTED',
  'E_INTERNAL',
]);

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

/** Tries a bounded number of times, as the Python server did; every attempt's error is reported and in the final one. */
export async function beginEpisode(task: Task, context: ResetContext): Promise<Episode> {
  const { settings, desktop, signal, onEvent } = context;
  const [problem] = checkEvaluator(task.evaluator);
  if (problem) onEvent({ type: 'evaluator-unavailable', task: task.id, problem });
  const started = performance.now();
  const errors: ArpoEnvError[] = [];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptEpisode(task, context);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const error = await desktop.named(toArpoEnvError(thrown));
      // Only a failed set-up leaves a desktop that can still be trusted to restore itself.
      if (error.code !== 'E_SETUP_FAILED') desktop.discard();
      errors.push(error);
      onEvent({ type: 'reset-attempt-failed', attempt, attempts: settings.resetAttempts, error });
      const budgetSpent = performance.now() - started >= settings.readyTimeoutMs;
      if (attempt >= settings.resetAttempts || budgetSpent || FINAL.has(error.code)) throw summary(errors);
    }
  }
}

async function attemptEpisode(task: Task, context: ResetContext): Promise<Episode> {
  const { settings, signal, episodeDir, onState, onEvent } = context;
  const lease = await context.desktop.takeClean(signal);
  onState('setup');
  await emptyFolder(episodeDir);
  await runSetup(task.config, {
    agent: lease.agent,
    endpoints: lease.desktop.endpoints,
    cacheDir: episodeDir,
    clientPassword: settings.clientPassword,
    screen: settings.screen,
    signal,
    onProgress: (text) => onEvent({ type: 'setup-progress', text }),
  });
  const screenshot = await lease.agent.screenshot({ signal });
  await context.desktop.freeze(signal);
  return new Episode(task, episodeDir, screenshot);
}

async function emptyFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(error, path);
  }
}

function summary(errors: readonly ArpoEnvError[]): ArpoEnvError {
  const last = errors.at(-1);
  if (!last || errors.length === 1) return last ?? toArpoEnvError('no attempt was made');
  const attempts = errors.map(({ message }, index) => `attempt ${index + 1}: ${message}`);
  const message = `the reset failed ${errors.length} times; ${attempts.join('; ')}`;
  return new ArpoEnvError({ code: last.code, message, fix: last.fix }, { cause: last });
}

function invalid(problems: readonly string[], fix: string): ArpoEnvError {
  const message = `the task config cannot be used: ${problems.join('; ')}`;
  return new ArpoEnvError({ code: 'E_TASK_INVALID', message, fix });
}
