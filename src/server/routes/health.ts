/** Liveness, readiness and the list of envs. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import { type EnvSummary, envListSchema, type Health, healthSchema } from '../../env-api/schemas.js';
import { ArpoEnvError } from '../../errors.js';
import { problemAnswer as problem } from '../../http/problem.js';
import { packageVersion } from '../../lib/package.js';
import type { Sessions } from '../openenv/sessions.js';
import type { ServerEnvs } from '../server-envs.js';
import type { EnvRoutesOptions } from './env.js';

export interface HealthRoutesOptions extends Pick<EnvRoutesOptions, 'envOf'> {
  envs: ServerEnvs;
  providerName: string;
  /** The envs of which one must be ready for `/ready`. */
  envsOf: (request: FastifyRequest) => readonly ArpoEnv[];
}

export interface EnvListOptions {
  envs: ServerEnvs;
  /** What to know of the provider's desktops. */
  note: string | null;
  sessions: Sessions;
}

/** One env's health. Mounted at `/` and at `/envs/:env`. */
export const healthRoutes: FastifyPluginAsyncZod<HealthRoutesOptions> = async (app, options) => {
  const { envs, providerName, envOf, envsOf } = options;
  const server = { version: packageVersion(), provider: providerName };

  app.get('/health', { schema: healthRoute }, async (request) => health(envOf(request), envs, server));

  app.get('/ready', { schema: readyRoute }, async (request) => {
    const candidates = envsOf(request);
    const env = candidates.find((candidate) => isReady(candidate, envs));
    if (env) return health(env, envs, server);
    const states = candidates.map(({ index, status }) => `env ${index} ${status.state}`);
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message: `no env is ready: ${states.join(', ')}`,
      fix: 'arpo-env prewarm boots one and shows its progress; GET /health says what it is doing',
    });
  });
};

export const envListRoute: FastifyPluginAsyncZod<EnvListOptions> = async (app, options) => {
  const { envs, note, sessions } = options;
  app.get('/envs', { schema: listRoute }, async () => ({
    envs: envs.all.map((env) => summary(env, note, sessions)),
  }));
};

function summary(env: ArpoEnv, note: string | null, sessions: Sessions): EnvSummary {
  const { state, task, steps, watch, failure } = env.status;
  return {
    env: env.index,
    base_url: `/envs/${env.index}`,
    state,
    task,
    steps,
    watch: watch?.href ?? null,
    failure,
    note,
    held_by: sessions.isHeld(env) ? 'openenv' : null,
  };
}

/** Its next operation waits for no boot. */
function isReady({ status: { state } }: ArpoEnv, envs: ServerEnvs): boolean {
  if (state === 'idle') return envs.supply.standby.ready > 0;
  return state === 'ready' || state === 'stepping' || state === 'evaluating';
}

function health(env: ArpoEnv, envs: ServerEnvs, server: Pick<Health, 'version' | 'provider'>): Health {
  const { status } = env;
  const isBooting = status.state === 'booting' || status.state === 'idle';
  const boot = status.boot ?? (isBooting ? envs.supply.nextBoot : null);
  const restoreMs = status.state === 'restoring' ? envs.settings.readyTimeoutMs : null;
  const deadlineMs = isBooting ? (boot?.budgetMs ?? null) : restoreMs;
  return {
    status: 'ok',
    ...server,
    env: env.index,
    state: status.state,
    elapsed: status.elapsedMs / 1000,
    deadline: deadlineMs === null ? null : deadlineMs / 1000,
    boot_elapsed: boot ? boot.elapsedMs / 1000 : null,
    phase: boot?.phase ?? null,
    boot_log: boot?.detail ?? null,
    slow_because: boot?.slowBecause ?? null,
    screenshot: boot?.screenshot ?? false,
    chrome_cdp: boot?.chromeCdp ?? false,
    desktop: status.desktop,
    watch: status.watch?.href ?? null,
    task: status.task,
    steps: status.steps,
    is_done: status.isDone,
    ended: status.ended,
    queue: status.waiting,
    standby: envs.supply.standby,
    judges: [...envs.judge.names],
    failure: status.failure,
    last_problem: status.lastProblem,
  };
}

const healthRoute = {
  summary: 'What the env is doing',
  description: 'Answers 200 as long as the process lives.',
  response: { 200: healthSchema },
};

const readyRoute = {
  summary: 'Whether an env is ready',
  description: 'Answers 503 until an env is.',
  response: { 200: healthSchema, 503: problem },
};

const listRoute = {
  summary: 'The envs of this server',
  response: { 200: envListSchema },
};
