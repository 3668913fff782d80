/** The HTTP side of the env server: its routes in an app as all our servers have it. */
import type { FastifyInstance } from 'fastify';
import { buildHttpApp, type HttpAppOptions } from '../http/app.js';
import { type RoutesOptions, routes } from './routes/index.js';

export interface AppOptions
  extends Omit<RoutesOptions, 'messageLimit'>,
    Pick<HttpAppOptions, 'logger' | 'bodyLimit' | 'requestTimeoutMs'> {
  access: Omit<HttpAppOptions['access'], 'allowFix'>;
}

/** Builds the app; the caller lets it listen. */
export function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { envs, metrics, providerName, providerNote, heartbeatMs } = options;
  const { access, logger, bodyLimit, requestTimeoutMs } = options;
  return buildHttpApp({
    routes: async (app) => {
      await app.register(routes, {
        envs,
        metrics,
        providerName,
        providerNote,
        heartbeatMs,
        messageLimit: bodyLimit,
      });
    },
    docs: { title: 'arpo-env', description: 'OSWorld desktops as RL environments.' },
    access: { ...access, allowFix: 'add its range to server.allow (--allow 10.0.0.0/8)' },
    logger,
    bodyLimit,
    requestTimeoutMs,
    fixes: {
      path: 'the routes are /env/{reset,step,evaluate,history_messages}, /envs, /openenv/…, /health, /ready, /metrics and /docs',
      body: 'send less, or raise server.bodyLimit',
    },
    onAnswered: ({ received, sent }) => metrics.countBytes(received, sent),
  });
}
