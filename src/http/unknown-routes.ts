/** 404 and 405: requests that no route takes. */
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { ArpoEnvError } from '../errors.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** An onRequest hook, so that nothing of the body is read. Throws E_NOT_FOUND with `fix`, which names the routes. */
export function refuseUnknownPath(fix: string) {
  return async ({ is404, method, url }: FastifyRequest): Promise<void> => {
    if (!is404) return;
    throw new ArpoEnvError({ code: 'E_NOT_FOUND', message: `there is no ${method} ${url}`, fix });
  };
}

/** Call it before the routes are registered, and what it returns after: every other verb on their paths is then a 405. */
export function otherMethodsOf(app: FastifyInstance): () => void {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByPath.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...methodsByPath]) refuse(app, url, [...methods]);
  };
}

function refuse(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  const refuseMethod = async ({ method, url: asked }: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allowed.join(', '));
    throw new ArpoEnvError({
      code: 'E_METHOD_NOT_ALLOWED',
      message: `${asked} does not take ${method}`,
      fix: `use ${allowed.join(' or ')}`,
    });
  };
  // As a hook too, since a handler would only come after the body.
  const method = METHODS.filter((name) => !allowed.includes(name));
  app.route({ method, url, onRequest: refuseMethod, handler: refuseMethod });
}
