/**
 * The manners of the original agent's framework (Flask): how it reads bodies and what its own error pages look like.
 * Clients see them: wrong content type 415, malformed JSON 400, wrong verb 405, unknown path 404, all as HTML.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

/** Status and text of the framework's error pages (werkzeug). */
const PAGES = {
  400: ['Bad Request', 'The browser (or proxy) sent a request that this server could not understand.'],
  403: ['Forbidden', 'No page of another origin may drive this machine.'],
  404: [
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  ],
  405: ['Method Not Allowed', 'The method is not allowed for the requested URL.'],
  413: ['Request Entity Too Large', 'The data value transmitted exceeds the capacity limit.'],
  415: [
    'Unsupported Media Type',
    'Did not attempt to load JSON data because the request Content-Type was not &#39;application/json&#39;.',
  ],
  500: [
    'Internal Server Error',
    'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
  ],
} as const;

type PageStatus = keyof typeof PAGES;

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST'];

/** Ends a request with one of the framework's own pages. */
export class HttpPage extends Error {
  constructor(
    readonly status: PageStatus,
    /** Replaces the page's usual text. */
    readonly description: string = PAGES[status][1],
  ) {
    // As werkzeug's exceptions print themselves.
    super(`${status} ${PAGES[status][0]}: ${description}`);
  }
}

export type JsonBody = Readonly<Record<string, unknown>>;

/**
 * All bodies but multipart ones, which may be large, are read as bytes; each route decodes them as Flask would. Reasons are in
 * capitals, as clients print them.
 */
export function useFlaskManners(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.raw.statusMessage = (STATUS_CODES[reply.statusCode] ?? '').toUpperCase();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
  app.setNotFoundHandler((request, reply) => {
    const url = request.url.split('?')[0] ?? '/';
    const methods = METHODS.filter((method) => app.hasRoute({ url, method }));
    if (methods.length === 0) return sendPage(reply, new HttpPage(404));
    reply.header('allow', [...methods, 'OPTIONS'].sort().join(', '));
    return request.method === 'OPTIONS' ? sendText(reply, '') : sendPage(reply, new HttpPage(405));
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof HttpPage) return sendPage(reply, error);
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    return sendPage(reply, new HttpPage(status === 413 ? 413 : status >= 500 ? 500 : 400));
  });
}

/** Flask's `request.json`: an object. A JSON value of another type breaks the handlers of the original: 500. */
export function jsonBody(request: FastifyRequest): JsonBody {
  if (!isJson(request)) throw new HttpPage(415);
  const value = jsonValue(request);
  if (!isJsonObject(value)) throw new HttpPage(500);
  return value;
}

/** Flask's `get_json(silent=True)`. */
export function jsonOrNull(request: FastifyRequest): unknown {
  try {
    return isJson(request) ? jsonValue(request) : null;
  } catch {
    return null;
  }
}

/** JSON of any type, whatever the content type says. */
export function jsonValue(request: FastifyRequest): unknown {
  try {
    return JSON.parse(bodyBytes(request).toString());
  } catch {
    throw new HttpPage(400);
  }
}

export function isJsonObject(value: unknown): value is JsonBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that a handler wants; null when it is missing or empty. Any other type breaks the handlers of the original: 500. */
export function textField(body: JsonBody, name: string): string | null {
  const value = body[name];
  if (typeof value === 'string') return value === '' ? null : value;
  if (!value) return null;
  throw new HttpPage(500);
}

/** Flask's `jsonify`: names in alphabetical order, and no charset in the content type. */
export function sendJson(reply: FastifyReply, value: unknown, status = 200): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(`${JSON.stringify(value, inOrder)}\n`));
}

function inOrder(_name: string, value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function sendText(reply: FastifyReply, text: string, status = 200): FastifyReply {
  return reply.code(status).header('content-type', 'text/html; charset=utf-8').send(text);
}

function sendPage(reply: FastifyReply, { status, description }: HttpPage): FastifyReply {
  const [name] = PAGES[status];
  const page = `<!doctype html>\n<html lang=en>\n<title>${status} ${name}</title>\n<h1>${name}</h1>\n<p>${description}</p>\n`;
  return sendText(reply, page, status);
}

function isJson(request: FastifyRequest): boolean {
  const type = contentType(request);
  return type === 'application/json' || /^application\/[^;]*\+json$/.test(type);
}

export function contentType(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function bodyBytes(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
