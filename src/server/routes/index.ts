/** Every route of the env server, in one place: the app serves them, the docs describe them. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import { ArpoEnvError } from '../../errors.js';
import type { ServerMetrics } from '../metrics.js';
import { openEnvRoutes } from '../openenv/routes.js';
import { Sessions } from '../openenv/sessions.js';
import type { ServerEnvs } from '../server-envs.js';
import { envRoutes } from './env.js';
import { envListRoute, healthRoutes } from './health.js';
import { metricsRoute } from './metrics.js';

export interface RoutesOptions {
  envs: ServerEnvs;
  metrics: ServerMetrics;
  /** For `/health`. */
  providerName: string;
  /** Bytes of a WebSocket message. */
  messageLimit: number;
  /** What to know of the provider's desktops; null when nothing is. */
  providerNote: string | null;
  /** Milliseconds between the blanks that keep a waiting client from giving up; 0 sends none. */
  heartbeatMs: number;
}

/** `/env/*` is env 0; a worker with the base URL `…/envs/k` gets env k without knowing of it. */
export const routes: FastifyPluginAsyncZod<RoutesOptions> = async (app, options) => {
  const { envs, heartbeatMs } = options;
  const first = () => envAt(envs, 0);
  const ofPath = (request: FastifyRequest) => envAt(envs, (request.params as { env: string }).env);

  await app.register(envRoutes, { envOf: first, heartbeatMs });
  await app.register(healthRoutes, { ...options, envOf: first, envsOf: () => envs.all });
  await app.register(envRoutes, { prefix: '/envs/:env', envOf: ofPath, heartbeatMs });
  await app.register(healthRoutes, {
    ...options,
    prefix: '/envs/:env',
    envOf: ofPath,
    envsOf: (request) => [ofPath(request)],
  });
  const sessions = new Sessions();
  await app.register(openEnvRoutes, { envs, sessions, envOf: ofPath, messageLimit: options.messageLimit });
  await app.register(envListRoute, { envs, sessions, note: options.providerNote });
  await app.register(metricsRoute, options);
};

function envAt(envs: ServerEnvs, index: number | string): ArpoEnv {
  const env = envs.all.find((candidate) => String(candidate.index) === String(index));
  if (env) return env;
  throw new ArpoEnvError({
    code: 'E_NOT_FOUND',
    message: `there is no env ${index}: this server has ${envs.all.length}, counted from 0`,
    fix: 'GET /envs lists them; arpo-env serve --envs N starts more',
  });
}
