/** What fastify and zod refuse of a request, in arpo-env's words. */
import type { FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ArpoEnvError, type ErrorCode, toArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';
import type { FieldError } from './problem.js';

/** Anything thrown while a request was handled. What is neither ours nor the client's fault is E_INTERNAL. */
export function asArpoEnvError(thrown: unknown, request: FastifyRequest, bodyFix: string): ArpoEnvError {
  if (!(thrown instanceof Error) || thrown instanceof ArpoEnvError) return toArpoEnvError(thrown);
  const refuse = (code: ErrorCode, message: string, fix: string) =>
    new ArpoEnvError(
      { code, message: `${request.method} ${request.url}: ${message}`, fix },
      { cause: thrown },
    );

  const fields = fieldErrors(thrown).map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
  if (fields.length > 0) return refuse('E_VALIDATION', fields.join('; '), SEE_DOCS);
  const code = errno(thrown) ?? '';
  const unread = UNREAD_BODIES[code];
  if (unread !== undefined) return refuse('E_VALIDATION', ...unread);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return refuse('E_BODY_TOO_LARGE', 'the body is over the limit', bodyFix);
  }
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  if (status >= 400 && status < 500) return refuse('E_BAD_REQUEST', thrown.message, SEE_DOCS);
  return toArpoEnvError(thrown);
}

const SEE_DOCS = 'GET /docs shows what each route takes';

/** Bodies that fastify does not hand on, by its code: FastAPI answers 422 to each (env-protocol.md §1). */
const UNREAD_BODIES: Record<string, [message: string, fix: string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['the body is not application/json', 'send Content-Type: application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['the body is empty', SEE_DOCS],
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'the body is not JSON, or has a key that would poison a JavaScript object (__proto__, constructor.prototype)',
    SEE_DOCS,
  ],
};

export function fieldErrors(thrown: unknown): FieldError[] {
  if (!hasZodFastifySchemaValidationErrors(thrown)) return [];
  const source = thrown.validationContext === 'querystring' ? 'query' : (thrown.validationContext ?? 'body');
  return thrown.validation.map(({ instancePath, keyword, message = 'is wrong' }) => ({
    type: keyword,
    loc: [source, ...instancePath.split('/').filter((key) => key !== '')],
    msg: message,
  }));
}
