/** Answers that are buffers already, sent as they are. */
import type { FastifyReply } from 'fastify';

/** A client that does not read for so long has gone; its answer waits in memory until then. */
const READ_TIMEOUT_MS = 60_000;

/** Begins an answer of a length that is not known yet, past fastify. */
export function beginJson(reply: FastifyReply): void {
  const { raw } = reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.statusCode = 200;
  raw.setHeader('content-type', 'application/json');
}

/** Sends JSON past fastify's serializer, in one gathered write; the rest of an answer that has begun. */
export function sendJson(
  reply: FastifyReply,
  parts: readonly Buffer[],
  readTimeoutMs = READ_TIMEOUT_MS,
): void {
  const { raw } = reply;
  if (!raw.headersSent) {
    beginJson(reply);
    raw.setHeader(
      'content-length',
      parts.reduce((length, part) => length + part.length, 0),
    );
  }
  raw.setTimeout(readTimeoutMs, () => raw.destroy());
  raw.cork();
  for (const part of parts) raw.write(part);
  raw.end();
}
