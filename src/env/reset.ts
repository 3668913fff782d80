/** From whatever was there to a new episode: a clean desktop, the task's set-up, the first screenshot. */
import { rm } from 'node:fs/promises';
import type { AgentClient } from '../desktop/agent-client.js';
import { runSetup } from '../desktop/setup/run-setup.js';
import type { Task } from '../desktop/task.js';
import type { HeldDesktop } from '../desktops/held-desktop.js';
import { ArpoEnvError, causesOf, type ErrorCode, toArpoEnvError } from '../errors.js';
import type { Judge } from '../evaluators/judge.js';
import { fileError } from '../lib/file-error.js';
import { makeFolder } from '../lib/make-folder.js';
import { Episode } from './episode.js';
import type { EnvEvent, EnvState } from './events.js';
import type { EnvSettings } from './settings.js';

export interface ResetContext {
  desktop: HeldDesktop;
  judge: Judge;
  settings: EnvSettings;
  /** Host folder of the episode; what an earlier one left in it is removed. */
  folder: string;
  signal: AbortSignal;
  onState: (state: EnvState) => void;
  onEvent: (event: EnvEvent) => void;
}

export interface BegunEpisode {
  episode: Episode;
  screenshot: Buffer;
}

/** What keeps a task from being set up on any desktop, wherever in an error's chain of causes it stands. */
const FINAL_CAUSES = new Set<ErrorCode>([
  'E_TASK_INVALID',
  // The download itself was retried.
  'E_DOWNLOAD_FAILED',
  'E_CONFIG',
  'E_DISK_FULL',
  'E_NO_PERMISSION',
]);

/** Other errors that another attempt would meet again. */
const FINAL = new Set<ErrorCode>([
  'E_PROVIDER_UNAVAILABLE',
  'E_EVALUATOR_UNAVAILABLE',
  'E_INTERRUPTED',
  'E_INTERNAL',
]);

/** Errors after which a desktop can still be trusted to restore itself. */
const HARMLESS = new Set<ErrorCode>(['E_SETUP_FAILED', 'E_EVALUATOR_UNAVAILABLE']);

/** Tries a bounded number of times, as the Python server did; every attempt's error is reported and in the final one. */
export async function beginEpisode(task: Task, context: ResetContext): Promise<BegunEpisode> {
  const { settings, desktop, judge, signal, onEvent } = context;
  if (settings.unscorable === 'play') {
    const problem = judge.check(task.evaluator).find(({ code }) => code === 'E_EVALUATOR_UNAVAILABLE');
    if (problem) onEvent({ type: 'evaluator-unavailable', task: task.id, isPlayed: true, problem });
  }
  const started = performance.now();
  const failures: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptEpisode(task, context);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const plain = toArpoEnvError(thrown);
      const error = await desktop.named(plain);
      if (!HARMLESS.has(error.code)) desktop.discard();
      failures.push(plain.message);
      const budgetSpent = performance.now() - started >= settings.readyTimeoutMs;
      const isLast = attempt >= settings.resetAttempts || budgetSpent || isFinal(error);
      onEvent({ type: 'reset-attempt-failed', attempt, attempts: settings.resetAttempts, isLast, error });
      if (isLast) throw summary(failures, error);
    }
  }
}

function isFinal(error: ArpoEnvError): boolean {
  return FINAL.has(error.code) || causesOf(error).some(({ code }) => FINAL_CAUSES.has(code));
}

async function attemptEpisode(task: Task, context: ResetContext): Promise<BegunEpisode> {
  const { settings, signal, folder, onState, onEvent } = context;
  const lease = await context.desktop.takeClean(signal);
  if (context.judge.readsTree(task.evaluator)) await requireTree(lease.agent, signal);
  onState('setup');
  await emptyFolder(folder);
  await runSetup(task.config, {
    agent: lease.agent,
    endpoints: lease.desktop.endpoints,
    cacheDir: folder,
    clientPassword: settings.clientPassword,
    screen: settings.screen,
    signal,
    onProgress: (text) => onEvent({ type: 'setup-progress', text }),
  });
  const screenshot = await lease.agent.screenshot({ signal, screen: settings.screen });
  await context.desktop.pause(signal);
  return { episode: new Episode(task, folder), screenshot };
}

/** Without it the task could be played, and be solved, and would be scored as if nothing had been done. */
async function requireTree(agent: AgentClient, signal: AbortSignal): Promise<void> {
  const missing = await agent.missingTree({ signal });
  if (missing === null) return;
  const message = `the task's evaluator reads the accessibility tree, and ${missing.message}`;
  throw new ArpoEnvError({ code: 'E_EVALUATOR_UNAVAILABLE', message, fix: missing.fix });
}

async function emptyFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await makeFolder(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** What each attempt failed of, and once what the desktop had to say: of the last one, which is `last`. */
function summary(failures: readonly string[], last: ArpoEnvError): ArpoEnvError {
  if (failures.length === 1) return last;
  const attempts = failures.map(
    (message, index) => `attempt ${index + 1}: ${index + 1 === failures.length ? last.message : message}`,
  );
  const isSame = new Set(failures).size === 1;
  const how = isSame ? ` in the same way: ${last.message}` : `; ${attempts.join('; ')}`;
  const message = `the reset failed ${failures.length} times${how}`;
  return new ArpoEnvError({ code: last.code, message, fix: last.fix }, { cause: last });
}
