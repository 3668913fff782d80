/** Errors as HTTP answers: `application/problem+json` (RFC 9457) with arpo-env's fields and FastAPI's `detail`. */
import { z } from 'zod';
import { type ArpoEnvError, ERROR_CODES } from '../errors.js';
import { problemSchema } from '../lib/problem.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** One missing or ill-typed field, in FastAPI's form. */
const fieldErrorSchema = z.object({
  type: z.string(),
  loc: z.array(z.string()).describe('Where it is: `body` or `query`, then keys.'),
  msg: z.string(),
});
export type FieldError = z.output<typeof fieldErrorSchema>;

/**
 * `detail` is one string for every status. FastAPI makes it a list for 422; no known client reads that list, RFC 9457
 * wants a string, and the list is in `errors`.
 */
const documentSchema = z.object({
  type: z.string().describe('urn:arpo-env: and the code.'),
  title: z.string().describe('What the code means.'),
  status: z.int(),
  ...problemSchema.shape,
  detail: z.string().describe('Message and fix, where FastAPI clients look.'),
  instance: z.string().describe('The id of the request, as in the log and in X-Request-Id.'),
  errors: z.array(fieldErrorSchema).optional().describe('Each missing or ill-typed field.'),
});
type ProblemDocument = z.output<typeof documentSchema>;

/** A route's answer with an error status, for its schema. */
export const problemAnswer = { content: { [PROBLEM_TYPE]: { schema: documentSchema } } };

export function problemDocument(
  error: ArpoEnvError,
  instance: string,
  errors: FieldError[] = [],
): ProblemDocument {
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

/** The bytes of a whole HTTP/1.1 answer, for a connection that no server of Node's has taken or will take; it ends there. */
export function rawProblem(
  error: ArpoEnvError,
  instance: string,
  { status = ERROR_CODES[error.code].http, reason, headers = {} }: RawAnswer,
): string {
  const body = JSON.stringify({ ...problemDocument(error, instance), status });
  const fields = {
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`;
}

interface RawAnswer {
  /** Default: that of the error's code. */
  status?: number | undefined;
  /** e.g. `Bad Gateway`. */
  reason: string;
  headers?: Readonly<Record<string, string>>;
}
