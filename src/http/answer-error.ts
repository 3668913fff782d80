/** What was thrown while a request was handled, as its answer. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ArpoEnvError, type ErrorCode } from '../errors.js';
import { errno } from '../lib/errno.js';
import { lingerAfterAnswer } from './linger.js';
import { PROBLEM_TYPE, problemDocument, rawProblem } from './problem.js';
import { asArpoEnvError, fieldErrors } from './request-errors.js';

/** Seconds after which asking again makes sense, for the codes where waiting helps. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = { E_BUSY: 5, E_INTERRUPTED: 10 };

/** Fastify's error handler; `bodyFix` is for bodies over the limit. */
export function errorAnswers(bodyFix: string) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = asArpoEnvError(thrown, request, bodyFix);
    if (error.code === 'E_INTERNAL') request.log.error({ err: thrown }, 'defect of arpo-env');
    // What the client still sends of a refused request is not for us.
    if (!request.raw.complete) {
      reply.header('connection', 'close');
      lingerAfterAnswer(request.raw);
    }
    const retryAfter = RETRY_AFTER[error.code];
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    const problem = problemDocument(error, request.id, fieldErrors(thrown));
    // Serialized here, so that no route's response schema has a say.
    reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(JSON.stringify(problem));
  };
}

/** What Node's HTTP parser refuses never becomes a request; this is its answer. */
export function answerBrokenRequest(error: Error, socket: Socket): void {
  if (errno(error) === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isLate = errno(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refusal = new ArpoEnvError({
    code: 'E_BAD_REQUEST',
    message: isLate ? 'the request did not arrive in time' : `this is not HTTP: ${error.message}`,
    fix: 'GET /docs shows what the server takes',
  });
  const answer = isLate ? { status: 408, reason: 'Request Timeout' } : { reason: 'Bad Request' };
  socket.end(rawProblem(refusal, randomUUID(), answer));
}
