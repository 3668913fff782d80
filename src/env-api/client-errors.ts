/** What an env server's refusals and silence mean for who asked it; errors of the Python server included. */
import type { Response } from 'got';
import { z } from 'zod';
import { ArpoEnvError, ERROR_CODES, type ErrorCode, type Problem } from '../errors.js';

/** Our problem documents, and FastAPI's `{"detail": …}`. */
const problemSchema = z.object({ code: z.string(), message: z.string(), fix: z.string() });
const detailSchema = z.object({ detail: z.unknown() });

/** True for an error answer of our server. */
export function isProblem({ body }: Response<string>): boolean {
  return problemSchema.safeParse(parseJson(body)).success;
}

/** What an error answer says. */
export function errorOf({ statusCode, body }: Response<string>, url: URL): ArpoEnvError {
  const json = parseJson(body);
  const problem = problemSchema.safeParse(json);
  if (problem.success) return new ArpoEnvError(knownProblem(problem.data));
  if ([401, 403, 404].includes(statusCode)) return refused(url, statusCode);
  const detail = detailSchema.safeParse(json);
  const words = detail.success ? JSON.stringify(detail.data.detail) : body.slice(0, 300);
  return new ArpoEnvError({
    code: statusCode < 500 ? 'E_BAD_REQUEST' : 'E_NOT_READY',
    message: `the env server at ${show(url)} answered ${statusCode}: ${words}`,
    fix: "see that server's own log",
  });
}

/** A server of another version may have codes of its own. */
export function knownProblem(problem: { code: string; message: string; fix: string }): Problem {
  const code = problem.code in ERROR_CODES ? (problem.code as ErrorCode) : 'E_NOT_READY';
  return { ...problem, code };
}

/** What an error status without a problem document means. */
export function refused(url: URL, status: number): ArpoEnvError {
  if (status === 401) {
    return new ArpoEnvError({
      code: 'E_UNAUTHORIZED',
      message: `the env server at ${show(url)} wants a token, or another one`,
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

export function unreachable(url: URL, reason: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SERVER_UNREACHABLE',
    message: `no env server answers at ${show(url)}: ${reason}`,
    fix: 'on the env machine: arpo-env status, then arpo-env serve --detach; on the cluster: is the tunnel up?',
  });
}

/** Without the token that the URL may hold. */
export function show(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
