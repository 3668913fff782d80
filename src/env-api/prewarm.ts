/** Makes one env of a running server ready before training needs it: at most one reset, watched through `/health`. */

import got, { type Response } from 'got';
import { z } from 'zod';
import type { Problem } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { sleep } from '../lib/wait.js';
import { errorOf, isProblem, knownProblem, parseJson, refused, show, unreachable } from './client-errors.js';
import { askHealth, bearer, routeOf } from './probe-health.js';
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
export async function prewarm(given: PrewarmOptions): Promise<PrewarmOutcome> {
  const options = { ...given, onProgress: tellingSlowness(given) };
  const answer = await askHealth(options.url, options);
  switch (answer.kind) {
    case 'silent':
      throw unreachable(options.url, answer.reason);
    case 'refused':
      throw refused(options.url, answer.status);
    case 'other':
      return prewarmForeign(options);
    case 'native':
      return prewarmNative(options, answer.health);
  }
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

async function prewarmNative(options: PrewarmOptions, health: Health, attempt = 1): Promise<PrewarmOutcome> {
  switch (health.state) {
    case 'ready':
    case 'stepping':
    case 'evaluating':
      return { outcome: 'ready', by: 'already', screenshot: await latestScreenshot(options) };
    case 'booting':
    case 'restoring':
    case 'setup':
      return watchReset(options, attempt);
    case 'idle':
    case 'failed':
      return reset(options, attempt);
  }
}

/** A reset of somebody else's, or one of ours whose connection was lost. */
async function watchReset(options: PrewarmOptions, attempt: number): Promise<PrewarmOutcome> {
  const health = await watch(
    options,
    ({ state }) => state !== 'booting' && state !== 'restoring' && state !== 'setup',
  );
  if (health.state === 'failed' && health.failure)
    return { outcome: 'failed', problem: knownProblem(health.failure) };
  if (health.state === 'idle') return reset(options, attempt); // the server was restarted
  return { outcome: 'ready', by: 'joined', screenshot: await latestScreenshot(options) };
}

/** One reset, and `/health` beside it. */
async function reset(options: PrewarmOptions, attempt: number): Promise<PrewarmOutcome> {
  const settled = new AbortController();
  const signal = AbortSignal.any([options.signal, settled.signal]);
  let answer: Response<string> | string;
  try {
    const answered = post('env/reset', { task_config: options.task ?? PREWARM_TASK }, { ...options, signal });
    answer = await Promise.race([answered, watch({ ...options, signal }, () => false).then(() => answered)]);
  } finally {
    settled.abort();
  }
  if (typeof answer !== 'string') return outcomeOfReset(answer, options.url);
  // A lost connection is no lost boot: the server goes on, and a reset equal to the one under way joins it.
  if (attempt >= MAX_ATTEMPTS) throw unreachable(options.url, answer);
  return prewarmNative(options, await watch(options, () => true), attempt + 1);
}

/** Resolves with the first health that `isEnough`. Throws E_SERVER_UNREACHABLE when the server stays silent. */
async function watch(options: PrewarmOptions, isEnough: (health: Health) => boolean): Promise<Health> {
  const { url, signal, onProgress } = options;
  const end = performance.now() + LONGEST_RESET_MS;
  let heardAt = performance.now();
  let silence = '';
  while (performance.now() - heardAt < SILENCE_MS && performance.now() < end) {
    const answer = await askHealth(url, options);
    if (answer.kind === 'native') {
      heardAt = performance.now();
      onProgress(answer.health);
      if (isEnough(answer.health)) return answer.health;
    } else {
      silence = answer.kind === 'silent' ? answer.reason : 'something else answers there now';
    }
    await sleep(POLL_MS, signal);
  }
  throw unreachable(url, silence);
}

/** The Python server tells nobody that it boots, and may have no `/health`; what it has after a reset is a history. */
async function prewarmForeign(options: PrewarmOptions): Promise<PrewarmOutcome> {
  const screenshot = await latestScreenshot(options);
  if (screenshot !== null) return { outcome: 'ready', by: 'already', screenshot };
  const started = performance.now();
  const clock = setInterval(() => options.onProgress({ elapsedMs: performance.now() - started }), POLL_MS);
  try {
    const answer = await post('env/reset', { task_config: options.task ?? PREWARM_TASK }, options);
    if (typeof answer === 'string') throw unreachable(options.url, answer);
    return outcomeOfReset(answer, options.url);
  } finally {
    clearInterval(clock);
  }
}

function outcomeOfReset(answer: Response<string>, url: URL): PrewarmOutcome {
  if (!answer.ok) {
    const error = errorOf(answer, url);
    if (answer.statusCode < 500) throw error;
    return { outcome: 'failed', problem: error };
  }
  const result = resultSchema.safeParse(parseJson(answer.body));
  if (!result.success) throw unreachable(url, `its answer to /env/reset is not an env server's`);
  if (result.data.obs_messages === null) {
    const problem: Problem = {
      code: 'E_BOOT_FAILED',
      message: `the env at ${show(url)} answered its reset without a screenshot: every attempt to boot or set up failed`,
      fix: "the reasons are in that server's own log",
    };
    return { outcome: 'failed', problem };
  }
  return { outcome: 'ready', by: 'reset', screenshot: lastImage(result.data.obs_messages) };
}

/** Of the running episode; null without one. */
async function latestScreenshot(options: PrewarmOptions): Promise<Buffer | null> {
  const answer = await post('env/history_messages', {}, options);
  if (typeof answer === 'string') throw unreachable(options.url, answer);
  if (answer.statusCode === 404 && !isProblem(answer)) return null; // an app that has only what the client calls
  if (!answer.ok) throw errorOf(answer, options.url);
  const history = historySchema.safeParse(parseJson(answer.body));
  return history.success ? lastImage(history.data.history_messages) : null;
}

/** The answer, whatever its status; in words why there is none. */
async function post(
  route: string,
  json: object,
  options: PrewarmOptions,
): Promise<Response<string> | string> {
  const { url, token, signal } = options;
  try {
    return await got.post(routeOf(url, route), {
      json,
      headers: bearer(token),
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { request: LONGEST_RESET_MS },
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

const messagesSchema = z.array(
  z.object({ content: z.array(z.object({ type: z.string(), b64: z.string().optional() })) }),
);
const resultSchema = z.object({ obs_messages: messagesSchema.nullable() });
const historySchema = z.object({ history_messages: messagesSchema });

function lastImage(messages: z.output<typeof messagesSchema>): Buffer | null {
  const image = messages.flatMap(({ content }) => content).findLast(({ b64 }) => b64 !== undefined);
  return image?.b64 === undefined ? null : Buffer.from(image.b64, 'base64');
}
