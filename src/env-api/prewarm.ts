/** Makes one env of a running server ready before training needs it: at most one reset, watched through `/health`. */
import { ArpoEnvError, ERROR_CODES, type Problem } from '../errors.js';
import { knownProblem } from '../lib/problem.js';
import { sleep } from '../lib/wait.js';
import { EnvClient, lastImage, type StepAnswer } from './client.js';
import { isLost, refused, show, unreachable } from './errors.js';
import type { Health } from './schemas.js';

export interface PrewarmOptions {
  /** Base URL of the env, e.g. http://127.0.0.1:15001 or http://127.0.0.1:15001/envs/2. */
  url: URL;
  token: string | undefined;
  /** The task to reset with. Default: one that sets nothing up. */
  task?: unknown;
  signal: AbortSignal;
  /** Called about once a second with what `/health` says, or with how long a Python server, which says nothing, takes. */
  onProgress: (progress: Health | { elapsedMs: number }) => void;
  /** Told once why the boot is slow, when it is. */
  onSlow?: ((because: string) => void) | undefined;
}

export type PrewarmOutcome = PrewarmReady | PrewarmFailed;

export interface PrewarmReady {
  outcome: 'ready';
  /** `reset`: by our reset. `joined`: by one that was under way. `already`: an episode runs, and was left alone. */
  by: 'reset' | 'joined' | 'already';
  /** The env's latest screenshot as the guest sent it; null when the episode is over. */
  screenshot: Buffer | null;
}

/** The env failed; the server itself works. */
export interface PrewarmFailed {
  outcome: 'failed';
  problem: Problem;
}

/** Nothing to set up, library-free to evaluate. */
export const PREWARM_TASK = {
  id: 'arpo-env-prewarm',
  instruction: 'Wait.',
  config: [],
  evaluator: { func: 'infeasible' },
};

const POLL_MS = 1000;
/** Resets sent when the connection breaks; equal ones join, so the env still boots once. */
const MAX_ATTEMPTS = 5;
/** Longer than a restart of the server or a reconnect of the tunnel takes. */
const SILENCE_MS = 60_000;
/** Every boot ends within the server's own budget; this only ends waiting for a server that forgot us. */
const LONGEST_RESET_MS = 6 * 3600_000;

/**
 * Resolves when the env is ready or has failed. Throws E_SERVER_UNREACHABLE, E_UNAUTHORIZED, E_FORBIDDEN, E_NOT_FOUND
 * and what the server says of a wrong task (E_TASK_INVALID, E_VALIDATION).
 */
export async function prewarm(options: PrewarmOptions): Promise<PrewarmOutcome> {
  const { url, token, task = PREWARM_TASK, signal } = options;
  const client = new EnvClient(url, { token, signal });
  const warming: Warming = { client, task, signal, onProgress: tellingSlowness(options) };
  const reading = await client.health();
  switch (reading.kind) {
    case 'silent':
      throw unreachable(url, reading.reason);
    case 'locked':
      throw refused(url, 401);
    case 'refused':
      throw refused(url, reading.status);
    case 'python':
    case 'other':
      return prewarmForeign(warming);
    case 'native':
      return reading.health === null ? prewarmForeign(warming) : prewarmNative(warming, reading.health);
  }
}

interface Warming extends Pick<PrewarmOptions, 'task' | 'signal' | 'onProgress'> {
  client: EnvClient;
}

/** `onProgress`, which tells the first reason why a boot is slow as well. */
function tellingSlowness({ onProgress, onSlow }: PrewarmOptions): PrewarmOptions['onProgress'] {
  let told: string | null = null;
  return (progress) => {
    const because = 'slow_because' in progress ? (progress.slow_because ?? null) : null;
    if (because !== null && told === null) onSlow?.(because);
    told ??= because;
    onProgress(progress);
  };
}

async function prewarmNative(warming: Warming, health: Health, attempt = 1): Promise<PrewarmOutcome> {
  switch (health.state) {
    case 'ready':
    case 'stepping':
    case 'evaluating':
      return { outcome: 'ready', by: 'already', screenshot: await latestScreenshot(warming) };
    case 'booting':
    case 'restoring':
    case 'setup':
      return watchReset(warming, attempt);
    case 'idle':
    case 'failed':
      return reset(warming, attempt);
  }
}

/** A reset of somebody else's, or one of ours whose connection was lost. */
async function watchReset(warming: Warming, attempt: number): Promise<PrewarmOutcome> {
  const health = await watch(
    warming,
    ({ state }) => state !== 'booting' && state !== 'restoring' && state !== 'setup',
  );
  if (health.state === 'failed' && health.failure)
    return { outcome: 'failed', problem: knownProblem(health.failure, 'E_NOT_READY') };
  if (health.state === 'idle') return reset(warming, attempt); // the server was restarted
  return { outcome: 'ready', by: 'joined', screenshot: await latestScreenshot(warming) };
}

/** One reset, and `/health` at the same time. */
async function reset(warming: Warming, attempt: number): Promise<PrewarmOutcome> {
  const { client, task } = warming;
  const settled = new AbortController();
  const signal = AbortSignal.any([warming.signal, settled.signal]);
  try {
    const answered = outcomeOf(client.reset(task, { signal }), client.url);
    return await Promise.race([answered, watch({ ...warming, signal }, () => false).then(() => answered)]);
  } catch (error) {
    // A lost connection is not a lost boot: the server goes on, and a reset equal to the one under way joins it.
    if (!isLost(error) || attempt >= MAX_ATTEMPTS) throw error;
  } finally {
    settled.abort();
  }
  return prewarmNative(warming, await watch(warming, () => true), attempt + 1);
}

/** Resolves with the first health that `isEnough`. Throws E_SERVER_UNREACHABLE when the server stays silent. */
async function watch(
  { client, signal, onProgress }: Warming,
  isEnough: (health: Health) => boolean,
): Promise<Health> {
  const end = performance.now() + LONGEST_RESET_MS;
  let heardAt = performance.now();
  let silence = '';
  while (performance.now() - heardAt < SILENCE_MS && performance.now() < end) {
    const reading = await client.health({ signal });
    if (reading.kind === 'native' && reading.health !== null) {
      heardAt = performance.now();
      onProgress(reading.health);
      if (isEnough(reading.health)) return reading.health;
    } else {
      silence = reading.kind === 'silent' ? reading.reason : 'something else answers there now';
    }
    await sleep(POLL_MS, signal);
  }
  throw unreachable(client.url, silence);
}

/** The Python server tells nobody that it boots, and may have no `/health`; what it has after a reset is a history. */
async function prewarmForeign(warming: Warming): Promise<PrewarmOutcome> {
  const { client, task, onProgress } = warming;
  const screenshot = await latestScreenshot(warming);
  if (screenshot !== null) return { outcome: 'ready', by: 'already', screenshot };
  const started = performance.now();
  const clock = setInterval(() => onProgress({ elapsedMs: performance.now() - started }), POLL_MS);
  try {
    return await outcomeOf(client.reset(task), client.url);
  } finally {
    clearInterval(clock);
  }
}

/** Of a reset. Throws what is the caller's mistake, and that no answer came. */
async function outcomeOf(reset: Promise<StepAnswer>, url: URL): Promise<PrewarmOutcome> {
  try {
    const { messages } = await reset;
    if (messages !== null) return { outcome: 'ready', by: 'reset', screenshot: lastImage(messages) };
    const problem: Problem = {
      code: 'E_BOOT_FAILED',
      message: `the env at ${show(url)} answered its reset without a screenshot: every attempt to boot or set up failed`,
      fix: "the reasons are in that server's own log",
    };
    return { outcome: 'failed', problem };
  } catch (thrown) {
    if (!isEnvsFailure(thrown)) throw thrown;
    return { outcome: 'failed', problem: thrown };
  }
}

/** An error answer that blames no request. */
function isEnvsFailure(thrown: unknown): thrown is ArpoEnvError {
  return (
    thrown instanceof ArpoEnvError &&
    thrown.code !== 'E_SERVER_UNREACHABLE' &&
    ERROR_CODES[thrown.code].http >= 500
  );
}

/** Of the running episode; null without one, and for an app that has only what the trainer calls. */
async function latestScreenshot({ client }: Warming): Promise<Buffer | null> {
  try {
    return lastImage(await client.history());
  } catch (error) {
    if (error instanceof ArpoEnvError && error.code === 'E_NOT_FOUND') return null;
    throw error;
  }
}
