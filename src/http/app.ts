/** A server of ours without its routes: limits, access, docs, errors as problem documents, and an answer to unknown paths. */
import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { type AccessOptions, accessHook } from './access.js';
import { answerBrokenRequest, errorAnswers } from './answer-error.js';
import { type DocsInfo, docs } from './docs.js';
import { parseJsonBodies, refuseLargeBody, timeLimits } from './limits.js';
import { otherMethodsOf, refuseUnknownPath } from './unknown-routes.js';

export interface HttpAppOptions {
  /** All its routes, each with a schema; the docs describe the same. */
  routes: FastifyPluginAsync;
  docs: DocsInfo;
  access: AccessOptions;
  logger: FastifyBaseLogger;
  /** Bytes. */
  bodyLimit: number;
  /** Milliseconds by which a whole request must have arrived. Default 60 s. */
  requestTimeoutMs?: number | undefined;
  /** What a refused client, or who runs the server, can do. */
  fixes: {
    /** The path is unknown. */
    path: string;
    /** The body is over the limit. */
    body: string;
  };
  /** Told the size of each request's body and of its answer. */
  onAnswered?: (bytes: { received: number; sent: number }) => void;
}

/** Builds the app; the caller lets it listen. */
export async function buildHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { access, bodyLimit, fixes, onAnswered } = options;
  const answerError = errorAnswers(fixes.body);
  const app: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    ...timeLimits(options.requestTimeoutMs),
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    frameworkErrors: answerError,
    clientErrorHandler: answerBrokenRequest,
    // Idle keep-alive connections end at once; `close` waits for those with an answer under way.
    forceCloseConnections: 'idle',
  });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  parseJsonBodies(app, fixes.body);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onRequest', accessHook(access));
  app.addHook('onRequest', refuseUnknownPath(fixes.path));
  app.addHook('onRequest', refuseLargeBody(bodyLimit, fixes.body));
  app.addHook('onResponse', async (request, reply) => {
    const received = Number(request.headers['content-length'] ?? 0);
    const sent = Number(reply.raw.getHeader('content-length') ?? 0);
    onAnswered?.({ received, sent });
    // Nobody else ends the connection of a WebSocket that was refused.
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
    const { method, url } = request;
    const durationMs = Math.round(reply.elapsedTime);
    request.log.debug({ method, url, status: reply.statusCode, bytes: sent, durationMs }, 'answered');
  });
  const refuseOtherMethods = otherMethodsOf(app);
  await app.register(docs(options.docs, options.routes));
  await app.register(options.routes);
  refuseOtherMethods();
  return app;
}
