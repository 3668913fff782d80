/** How large a request may be and how long it may take to arrive; how long its answer takes is another matter. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ArpoEnvError } from '../errors.js';
import { hasTooManyValues } from '../lib/json.js';

/** Fastify's options for connections. Default: a whole request arrives within 60 s. */
export function timeLimits(requestTimeoutMs = 60_000) {
  return {
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: requestTimeoutMs / 3,
      connectionsCheckingInterval: requestTimeoutMs / 12,
      // Half-open connections are found by the kernel's probes.
      keepAlive: true,
    },
  };
}

/** An onRequest hook: before a byte of the body is read. Fastify itself stops a body that does not say its length. */
export function refuseLargeBody(limit: number, fix: string) {
  return async ({ headers, method, url }: FastifyRequest): Promise<void> => {
    const length = Number(headers['content-length'] ?? 0);
    if (length <= limit) return;
    const message = `${method} ${url}: a body of ${length} bytes is over the limit of ${limit}`;
    throw new ArpoEnvError({ code: 'E_BODY_TOO_LARGE', message, fix });
  };
}

/** Far more than a request of anybody has: parsing them holds up everybody else. */
const MOST_VALUES = 100_000;

/** Whether this JSON has more values than a request may have. */
export function isTooManifold(json: Buffer): boolean {
  return hasTooManyValues(json, MOST_VALUES);
}

/** Fastify's own parser for JSON, but for bodies that are small and yet would take long. */
export function parseJsonBodies(app: FastifyInstance, fix: string): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (!isTooManifold(body)) return void parse(request, body.toString(), done);
    const message = `${request.method} ${request.url}: the body has more than ${MOST_VALUES} JSON values`;
    done(new ArpoEnvError({ code: 'E_BODY_TOO_LARGE', message, fix }));
  });
}
