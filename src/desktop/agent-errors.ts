/** What an answer of the guest agent, or the lack of one, means. */
import { HTTPError } from 'got';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';

/** The guest agent has none of these: a proxy or tunnel before it says that nobody is there. */
const GATEWAY_STATUSES = new Set([502, 503, 504]);

/** The error of an answer whose status is none of 2xx: E_AGENT_FAILED, or E_AGENT_UNREACHABLE for a gateway's. */
export function refusal(
  url: URL,
  route: string,
  status: number,
  body: Buffer,
  cause?: unknown,
): ArpoEnvError {
  if (GATEWAY_STATUSES.has(status))
    return agentUnreachable(url, route, `a gateway answered ${status}`, cause);
  return agentFailed(url, route, `${status}: ${summary(body)}`, cause);
}

/** The status of the answer that such an error is about; undefined for every other one. */
export function refusedWith(error: unknown): number | undefined {
  if (!(error instanceof ArpoEnvError && error.cause instanceof HTTPError)) return undefined;
  return error.cause.response.statusCode;
}

export function agentUnreachable(url: URL, route: string, why: string, cause?: unknown): ArpoEnvError {
  // Nobody has asked it then.
  if (isFileLimit(cause)) return toArpoEnvError(cause);
  return new ArpoEnvError(
    {
      code: 'E_AGENT_UNREACHABLE',
      message: `the guest agent at ${url.origin} did not answer /${route}: ${why}`,
      fix: 'the desktop may have died: reset the env, and see `arpo-env logs`',
    },
    { cause },
  );
}

function isFileLimit(error: unknown): boolean {
  return error instanceof Error && (errno(error) === 'EMFILE' || errno(error) === 'ENFILE');
}

/** Why an answer whose status is fine is none: whoever answers is not an agent, or a broken one. */
export class MalformedAnswer extends Error {}

export function agentFailed(url: URL, route: string, what: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_AGENT_FAILED',
      message: `the guest agent at ${url.origin} answered /${route} with ${what}`,
      fix: 'look at the desktop with `arpo-env logs`; an older agent in the image may lack this route',
    },
    { cause },
  );
}

/** Bytes of a body of which a summary is made: it may be all of half tags, at each of which a pattern would begin anew. */
const LOOKED_AT = 4096;

/** The text of a body, without HTML's tags and not too long. */
export function summary(body: Buffer): string {
  const text = body
    .toString('utf8', 0, LOOKED_AT)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
