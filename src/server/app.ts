/** The HTTP side of the env server: limits, access, routes and errors. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { ArpoEnvError } from '../errors.js';
import { type AccessOptions, accessHook } from '../http/access.js';
import { answerError, problemOf } from '../http/problem.js';
import { otherMethodsOf, refuseUnknownPath } from '../http/unknown-routes.js';
import { docs } from './docs.js';
import { type RoutesOptions, routes } from './routes/index.js';

export interface AppOptions extends RoutesOptions {
  access: AccessOptions;
  logger: FastifyBaseLogger;
  /** Bytes. */
  bodyLimit: number;
  /** Milliseconds by which a whole request must have arrived; how long its answer takes is another matter. Default 60 s. */
  requestTimeoutMs?: number;
}

/** Builds the app; the caller lets it listen. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { access, bodyLimit, metrics, requestTimeoutMs = 60_000 } = options;
  const app: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: requestTimeoutMs / 3,
      connectionsCheckingInterval: requestTimeoutMs / 12,
      // Half-open connections are found by the kernel's probes.
      keepAlive: true,
    },
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    frameworkErrors: answerError,
    clientErrorHandler: answerBrokenRequest,
    // Idle keep-alive connections end at once; `close` waits for those with an answer under way.
    forceCloseConnections: 'idle',
  });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onRequest', accessHook(access));
  app.addHook('onRequest', refuseUnknownPath);
  app.addHook('onRequest', refuseLargeBody(bodyLimit));
  app.addHook('onResponse', async (request, reply) => {
    const sent = Number(reply.raw.getHeader('content-length') ?? 0);
    metrics.countBytes(Number(request.headers['content-length'] ?? 0), sent);
    const { method, url } = request;
    const durationMs = Math.round(reply.elapsedTime);
    request.log.debug({ method, url, status: reply.statusCode, bytes: sent, durationMs }, 'answered');
  });
  const refuseOtherMethods = otherMethodsOf(app);
  await app.register(docs, options);
  await app.register(routes, options);
  refuseOtherMethods();
  return app;
}

/** Before a byte of the body is read; fastify itself stops a body that does not say its length. */
function refuseLargeBody(limit: number) {
  return async ({ headers, method, url }: FastifyRequest): Promise<void> => {
    const length = Number(headers['content-length'] ?? 0);
    if (length <= limit) return;
    throw new ArpoEnvError({
      code: 'E_BODY_TOO_LARGE',
      message: `${method} ${url}: a body of ${length} bytes is over the limit of ${limit}`,
      fix: 'send less, or raise server.bodyLimit',
    });
  };
}

/** What Node's HTTP parser refuses never becomes a request; this is its answer. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const message = isLate ? 'the request did not arrive in time' : `this is not HTTP: ${error.message}`;
  const refusal = new ArpoEnvError({
    code: 'E_BAD_REQUEST',
    message,
    fix: 'GET /docs shows what the server takes',
  });
  const body = JSON.stringify({ ...problemOf(refusal, randomUUID()), ...(isLate ? { status: 408 } : {}) });
  const status = isLate ? '408 Request Timeout' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
