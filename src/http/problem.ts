/** Errors as HTTP answers: `application/problem+json` (RFC 9457) with arpo-env's fields and FastAPI's `detail`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ArpoEnvError, ERROR_CODES, type ErrorCode } from '../errors.js';
import { asArpoEnvError, fieldErrorSchema, fieldErrors } from './request-errors.js';

/**
 * `detail` is one string for every status. FastAPI makes it a list for 422; no known client reads that list, RFC 9457
 * wants a string, and the list is in `errors`.
 */
export const problemSchema = z.object({
  type: z.string().describe('urn:arpo-env: and the code.'),
  title: z.string().describe('What the code means.'),
  status: z.int(),
  code: z.string().describe('Stable across releases.'),
  message: z.string().describe('What happened, with the concrete values.'),
  fix: z.string().describe('What fixes it.'),
  detail: z.string().describe('Message and fix, where FastAPI clients look.'),
  instance: z.string().describe('The id of the request, as in the log and in X-Request-Id.'),
  errors: z.array(fieldErrorSchema).optional().describe('Each missing or ill-typed field.'),
});

/** Seconds after which asking again makes sense, for the codes where waiting helps. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = { E_BUSY: 5, E_INTERRUPTED: 10 };

/** Fastify's error handler. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = asArpoEnvError(thrown, request);
  if (error.code === 'E_INTERNAL') request.log.error({ err: thrown }, 'defect of arpo-env');
  // What the client still sends of a refused request is not for us.
  if (!request.raw.complete) reply.header('connection', 'close');
  const retryAfter = RETRY_AFTER[error.code];
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  const problem = problemOf(error, request.id, fieldErrors(thrown));
  // Serialized here, so that no route's response schema has a say.
  reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer(String)
    .send(JSON.stringify(problem));
}

export function problemOf(
  error: ArpoEnvError,
  instance: string,
  errors: z.output<typeof fieldErrorSchema>[] = [],
): z.output<typeof problemSchema> {
  const { http, title } = ERROR_CODES[error.code];
  return {
    type: `urn:arpo-env:${error.code}`,
    title,
    status: http,
    ...error.toJSON(),
    detail: `${error.message} — ${error.fix}`,
    instance,
    ...(errors.length > 0 ? { errors } : {}),
  };
}
