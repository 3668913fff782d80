/** How large a request may be and how long it may take to arrive; how long its answer takes is another matter. */
import type { FastifyRequest } from 'fastify';
import { ArpoEnvError } from '../errors.js';

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
