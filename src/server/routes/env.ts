/** One env's protocol, as the Python server has it (env-protocol.md §1). Mounted at `/` and at `/envs/:env`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod, ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import { float, historyMessages, stepResult } from '../../arpo/wire.js';
import {
  historyMessagesSchema,
  historyQuerySchema,
  keyHeadersSchema,
  resetBodySchema,
  rewardSchema,
  stepBodySchema,
  stepResultSchema,
} from '../../env-api/schemas.js';
import { problemAnswer as problem } from '../../http/problem.js';
import { callerOf } from '../caller.js';
import { answerAlive } from '../heartbeat.js';
import { sendJson } from '../send-json.js';

export interface EnvRoutesOptions {
  /** The env of the path. Throws E_NOT_FOUND. */
  envOf: (request: FastifyRequest) => ArpoEnv;
  /** Milliseconds between the blanks that keep a waiting client from giving up; 0 sends none. */
  heartbeatMs: number;
}

export const envRoutes: FastifyPluginAsyncZod<EnvRoutesOptions> = async (app, { envOf, heartbeatMs }) => {
  app.post('/env/reset', { schema: resetRoute }, async (request, reply) => {
    const env = envOf(request);
    await answerAlive(request, reply, heartbeatMs, async () => {
      const outcome = await env.reset(request.body.task_config, callerOf(request, reply));
      return stepResult(env.index, outcome, request.query.history);
    });
  });

  app.post('/env/step', { schema: stepRoute }, async (request, reply) => {
    const env = envOf(request);
    await answerAlive(request, reply, heartbeatMs, async () => {
      const outcome = await env.step(request.body.prediction, callerOf(request, reply));
      return stepResult(env.index, outcome, request.query.history);
    });
  });

  await app.register(async (scope) => {
    const bodiless = ignoreBodies(scope).withTypeProvider<ZodTypeProvider>();

    bodiless.post('/env/evaluate', { schema: evaluateRoute }, async (request, reply) => {
      const env = envOf(request);
      await answerAlive(request, reply, heartbeatMs, async () => {
        const reward = await env.evaluate(callerOf(request, reply));
        return [Buffer.from(float(reward))];
      });
    });

    bodiless.post('/env/history_messages', { schema: historyRoute }, async (request, reply) => {
      sendJson(reply, historyMessages(envOf(request).history(), request.query.history));
    });
  });
};

/** These routes take no body: whatever comes is read, up to the limit, and passed over, as FastAPI does. */
function ignoreBodies(scope: FastifyInstance): FastifyInstance {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  return scope;
}

const resetRoute = {
  summary: 'Begin an episode',
  description:
    'A clean desktop, the task set up, and the first three messages. The first reset boots a desktop.',
  body: resetBodySchema,
  querystring: historyQuerySchema,
  headers: keyHeadersSchema,
  response: { 200: stepResultSchema, 422: problem, 500: problem, 502: problem, 503: problem },
};

const stepRoute = {
  summary: 'Carry out what the model said',
  description:
    'Answers the conversation with the next screenshot, or null messages when the episode is over.',
  body: stepBodySchema,
  querystring: historyQuerySchema,
  headers: keyHeadersSchema,
  response: { 200: stepResultSchema, 422: problem, 502: problem, 503: problem },
};

const evaluateRoute = {
  summary: 'Score the episode',
  description:
    "Runs the task's postconfig and evaluator. An evaluator that fails is an error, never a silent 0.0.",
  headers: keyHeadersSchema,
  response: { 200: rewardSchema, 500: problem, 501: problem, 502: problem, 503: problem },
};

const historyRoute = {
  summary: 'The conversation so far',
  querystring: historyQuerySchema,
  response: { 200: historyMessagesSchema },
};
