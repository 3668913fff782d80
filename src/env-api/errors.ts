/** What an env server's refusals and silence mean for who asked it; errors of the Python server included. */
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { parseJson } from '../lib/json.js';
import { knownProblem, problemSchema } from '../lib/problem.js';
import type { HttpReply } from './health.js';

/** FastAPI's errors. */
const detailSchema = z.object({ detail: z.unknown() });

/** What an error answer says: a problem document of ours, else what the status and FastAPI's `detail` tell. */
export function errorOf({ status, body }: HttpReply, url: URL): ArpoEnvError {
  const code = status < 500 ? 'E_BAD_REQUEST' : 'E_NOT_READY';
  const problem = parseJson(body, problemSchema);
  if (problem) return new ArpoEnvError(knownProblem(problem, code));
  if ([401, 403, 404].includes(status)) return refused(url, status);
  const detail = parseJson(body, detailSchema);
  const words = detail ? JSON.stringify(detail.detail) : body.slice(0, 300);
  return new ArpoEnvError({
    code,
    message: `the env server at ${show(url)} answered ${status}: ${words}`,
    fix: "see that server's own log",
  });
}

/** What an error status without a problem document means. */
export function refused(url: URL, status: number): ArpoEnvError {
  if (status === 401) {
    return new ArpoEnvError({
      code: 'E_UNAUTHORIZED',
      message: `the env server at ${show(url)} requires a token, or another one`,
      fix: 'set ARPO_ENV_TOKEN or server.tokenFile, or put it into the URL: http://arpo:TOKEN@host:port',
    });
  }
  if (status === 403) {
    return new ArpoEnvError({
      code: 'E_FORBIDDEN',
      message: `the env server at ${show(url)} does not answer this machine`,
      fix: "add this machine's address to its --allow list",
    });
  }
  if (status === 404) {
    return new ArpoEnvError({
      code: 'E_NOT_FOUND',
      message: `there is no env at ${show(url)}`,
      fix: 'give the base URL of a server or of one of its envs, e.g. http://127.0.0.1:15001 or …/envs/2',
    });
  }
  return unreachable(url, `it answers /health with status ${status}`);
}

/** `cause`: the failed request, when no answer came at all. */
export function unreachable(url: URL, reason: string, cause?: unknown): ArpoEnvError {
  const problem = {
    code: 'E_SERVER_UNREACHABLE',
    message: `no env server answers at ${show(url)}: ${reason}`,
    fix: 'on the env machine: arpo-env status, then arpo-env serve --detach; on the cluster: is the tunnel up?',
  } as const;
  return new ArpoEnvError(problem, { cause });
}

/** True when no answer came: the server may have carried the request out all the same. */
export function isLost(error: unknown): error is ArpoEnvError {
  return error instanceof ArpoEnvError && error.code === 'E_SERVER_UNREACHABLE' && error.cause !== undefined;
}

/** Without the token that the URL may hold. */
export function show(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}
