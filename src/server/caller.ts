/** Who waits for an operation, as HTTP shows it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../env/environment.js';
import { ArpoEnvError } from '../errors.js';

/** Its signal aborts when the client hangs up. (`request.signal` would abort as soon as the body has been read.) */
export function callerOf(request: FastifyRequest, reply: FastifyReply): Caller {
  const hangUp = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) hangUp.abort(hungUp());
  });
  const key = request.headers['idempotency-key'];
  return { signal: hangUp.signal, idempotencyKey: typeof key === 'string' ? key : undefined };
}

function hungUp(): ArpoEnvError {
  const fix = 'raise the timeout of the client, or retry with an Idempotency-Key';
  return new ArpoEnvError({ code: 'E_INTERRUPTED', message: 'the client hung up before the answer', fix });
}
