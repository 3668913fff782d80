/**
 * Answers that outlive a client's read limit: python-requests counts its time-out between bytes and passes over blanks
 * before JSON, so a blank now and then keeps a reset of 45 minutes alive (relay-and-wire.md §2). The price is the status,
 * which is said with the first blank: what fails after it can only cut the connection.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toArpoEnvError } from '../errors.js';
import { beginJson, sendJson } from './send-json.js';

/** Answers with what `work` gives. `intervalMs`: between blanks; 0 sends none. Throws what `work` does while the status can still be said. */
export async function answerAlive(
  request: FastifyRequest,
  reply: FastifyReply,
  intervalMs: number,
  work: () => Promise<readonly Buffer[]>,
): Promise<void> {
  if (intervalMs === 0 || !needsBlanks(request)) return sendJson(reply, await work());
  const { raw } = reply;
  const timer = setInterval(() => {
    if (!raw.headersSent) beginJson(reply);
    if (!raw.destroyed) raw.write(' ');
  }, intervalMs);
  try {
    const parts = await work();
    clearInterval(timer);
    sendJson(reply, parts);
  } catch (error) {
    clearInterval(timer);
    if (!raw.headersSent) throw error;
    // What failed is in the log already, as the operation's own line.
    const { code } = toArpoEnvError(error);
    const what = code === 'E_INTERNAL' ? { err: error } : { code };
    request.log.warn(
      { ...what, url: request.url },
      'failed after the status was sent; the connection is cut',
    );
    raw.destroy();
  }
}

/** A client that repeats safely or says that it can wait gets its true status; HTTP/1.0 has no answer of unknown length. */
function needsBlanks({ headers, raw }: FastifyRequest): boolean {
  const waits = /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(String(headers.prefer ?? ''));
  return headers['idempotency-key'] === undefined && !waits && raw.httpVersion !== '1.0';
}
