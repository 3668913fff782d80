/**
 * OpenEnv's server protocol over the same envs, at `/openenv` and, for env k alone, at `/openenv/k`. Its episodes live on the
 * WebSocket `/ws`; over plain HTTP each request is an environment of its own, as OpenEnv defines it.
 */
import websocket from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import { ArpoEnvError } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { packageVersion } from '../../lib/package.js';
import { callerOf } from '../caller.js';
import type { ServerEnvs } from '../server-envs.js';
import { OpenEnvEpisode } from './episode.js';
import { answerMcpText } from './mcp.js';
import {
  actionSchema,
  errorFrame,
  httpResetSchema,
  observationSchema,
  stateSchema,
  stepSchema,
} from './messages.js';
import { refuseSession, serveSession } from './session.js';
import type { Sessions } from './sessions.js';

export interface OpenEnvOptions {
  envs: ServerEnvs;
  /** Who holds which env. */
  sessions: Sessions;
  /** The env of a path with a number. Throws E_NOT_FOUND. */
  envOf: (request: FastifyRequest) => ArpoEnv;
  /** Bytes of a message. */
  messageLimit: number;
}

export const openEnvRoutes: FastifyPluginAsyncZod<OpenEnvOptions> = async (app, options) => {
  const { envs, sessions, envOf, messageLimit } = options;
  await app.register(websocket, {
    options: { maxPayload: messageLimit },
    // What is wrong with a frame, ws itself tells the client with a close code: 1002, 1007 or 1009.
    errorHandler: (error, socket, request) => {
      if ('code' in error && String(error.code).startsWith('WS_ERR_'))
        return request.log.info(messageOf(error));
      request.log.error(error);
      socket.terminate();
    },
    preClose(done) {
      for (const client of app.websocketServer.clients) client.close(SERVICE_RESTART);
      app.websocketServer.close();
      done();
    },
  });
  const shared = { settings: envs.settings, sessions };
  await app.register(oneServer, { ...shared, prefix: '/openenv', envsOf: () => envs.all });
  await app.register(oneServer, {
    ...shared,
    prefix: '/openenv/:env',
    envsOf: (request) => [envOf(request)],
  });
};

/** As uvicorn says that it stops. */
const SERVICE_RESTART = 1012;

interface OneServerOptions {
  settings: ServerEnvs['settings'];
  sessions: Sessions;
  /** The envs that a session can get. */
  envsOf: (request: FastifyRequest) => readonly ArpoEnv[];
}

const oneServer: FastifyPluginAsyncZod<OneServerOptions> = async (app, { settings, sessions, envsOf }) => {
  // Also before a WebSocket opens: its path may name no env.
  app.addHook('preValidation', async (request) => void envsOf(request));

  const episodeOf = (env: ArpoEnv) => new OpenEnvEpisode(env, settings, (episode) => sessions.began(episode));

  app.get('/ws', { websocket: true, schema: { hide: true } }, async (socket, request) => {
    const { session_id } = attachSchema.parse(request.query);
    if (session_id !== undefined) return refuseSession(socket, `Unknown session_id: ${session_id}`);
    const candidates = envsOf(request);
    using held = sessions.take(candidates);
    if (held === null) {
      const load = sessions.load(candidates);
      const message = `Server at capacity: ${load.active_sessions}/${load.max_sessions} sessions active. Cannot accept new connections.`;
      socket.send(errorFrame('CAPACITY_REACHED', message, load));
      socket.close(1000);
      return;
    }
    await serveSession(socket, episodeOf(held.env));
  });

  const alone = async <T>(
    request: FastifyRequest,
    work: (episode: OpenEnvEpisode) => Promise<T>,
  ): Promise<T> => {
    const candidates = envsOf(request);
    using held = sessions.take(candidates);
    if (held === null) throw atCapacity(candidates.length);
    return work(episodeOf(held.env));
  };

  app.post('/reset', { schema: { ...routes.reset, body: httpResetSchema } }, (request, reply) =>
    alone(request, (episode) => episode.reset(request.body, callerOf(request, reply))),
  );
  app.post('/step', { schema: { ...routes.step, body: stepSchema } }, async () => {
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message:
        'over plain HTTP every request of OpenEnv is an environment of its own, and this one has no episode',
      fix: 'play episodes over the WebSocket at /openenv/ws, as OpenEnv’s EnvClient does',
    });
  });
  app.get('/state', { schema: routes.state }, async (request) =>
    alone(request, async (episode) => episode.state),
  );
  app.get('/health', { schema: routes.health }, async () => ({ status: 'healthy' }));
  app.get('/metadata', { schema: routes.metadata }, async () => METADATA);
  app.get('/schema', { schema: routes.schema }, async () => SCHEMAS);
  await app.register(mcpRoutes);
  app.get('/openapi.json', { schema: { hide: true } }, async () => DOCUMENT);
};

/** JSON-RPC: also what is not JSON is answered by its rules, whatever its content type. */
const mcpRoutes: FastifyPluginAsyncZod = async (app) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  app.post('/mcp', { schema: routes.mcp }, async ({ body }) => answerMcpText(String(body ?? '')));
};

/** To go on with a session of MCP's, which have no env here. */
const attachSchema = z.looseObject({ session_id: z.string().max(255).optional().catch(undefined) });

function atCapacity(count: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_BUSY',
    message:
      count === 1
        ? 'the env is held by an OpenEnv session'
        : `all ${count} envs are held by OpenEnv sessions`,
    fix: 'end a session (arpo-env status names the envs that are held), or start more envs: arpo-env serve --envs N',
  });
}

const METADATA = {
  name: 'arpo-env',
  description:
    'OSWorld desktops: a task is set up, a model acts on screenshots, and OSWorld’s evaluator scores.',
  readme_content: null,
  version: packageVersion(),
  author: null,
  documentation_url: null,
};

const SCHEMAS = {
  action: z.toJSONSchema(actionSchema, { io: 'input' }),
  observation: z.toJSONSchema(observationSchema),
  state: z.toJSONSchema(stateSchema),
};

const POSTED = new Set(['reset', 'step', 'mcp']);

const routes = {
  reset: {
    summary: 'Set a task up and see the first screenshot (OpenEnv)',
    description:
      'Over plain HTTP each request is an environment of its own, which ends with its answer. Episodes are played over the WebSocket `ws` beside this route.',
  },
  step: {
    summary: 'Refused: an episode is played over the WebSocket (OpenEnv)',
    description: 'An environment that this request alone is all of has no episode.',
  },
  state: { summary: 'The state of an environment before its first reset (OpenEnv)' },
  health: { summary: 'Whether the server lives (OpenEnv)' },
  metadata: { summary: 'What this environment is (OpenEnv)' },
  schema: { summary: 'JSON schemas of action, observation and state (OpenEnv)' },
  mcp: { summary: 'JSON-RPC: an environment without tools (OpenEnv)' },
};

/** Relative to where it is mounted, as OpenEnv's validator reads it. */
const DOCUMENT = {
  openapi: '3.1.0',
  // Of OpenEnv's HTTP protocol.
  info: { title: METADATA.name, description: METADATA.description, version: '1.0.0' },
  paths: Object.fromEntries(
    Object.entries(routes).map(([name, { summary }]) => [
      `/${name}`,
      { [POSTED.has(name) ? 'post' : 'get']: { summary, responses: { 200: { description: 'OK' } } } },
    ]),
  ),
};
