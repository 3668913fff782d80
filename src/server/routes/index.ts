/** Every route of the env server, in one place: the app serves them, the docs describe them. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Env } from '../../env/env.js';
import type { Fleet } from '../../env/fleet.js';
import { ArpoEnvError } from '../../errors.js';
import type { ServerMetrics } from '../metrics.js';
import { envRoutes } from './env.js';
import { envListRoute, healthRoutes } from './health.js';
import { metricsRoute } from './metrics.js';

export interface RoutesOptions {
  fleet: Fleet;
  metrics: ServerMetrics;
  /** For `/health`. */
  providerName: string;
}

/** `/env/*` is env 0; a worker with the base URL `…/envs/k` gets env k without knowing of it. */
export const routes: FastifyPluginAsyncZod<RoutesOptions> = async (app, options) => {
  const { fleet } = options;
  const first = () => envAt(fleet, 0);
  const ofPath = (request: FastifyRequest) => envAt(fleet, (request.params as { env: string }).env);

  await app.register(envRoutes, { envOf: first });
  await app.register(healthRoutes, { ...options, envOf: first, envsOf: () => fleet.envs });
  await app.register(envRoutes, { prefix: '/envs/:env', envOf: ofPath });
  await app.register(healthRoutes, {
    ...options,
    prefix: '/envs/:env',
    envOf: ofPath,
    envsOf: (request) => [ofPath(request)],
  });
  await app.register(envListRoute, { fleet });
  await app.register(metricsRoute, options);
};

function envAt(fleet: Fleet, index: number | string): Env {
  const env = fleet.envs.find((candidate) => String(candidate.index) === String(index));
  if (env) return env;
  throw new ArpoEnvError({
    code: 'E_NOT_FOUND',
    message: `there is no env ${index}: this server has ${fleet.envs.length}, counted from 0`,
    fix: 'GET /envs lists them; arpo-env serve --envs N starts more',
  });
}
