/** What answers at an env server's address, by its `/health`: ours in detail, the Python one only `{"status":"ok"}`. */
import { z } from 'zod';
import { REALM } from '../http/access.js';
import { parseJson } from '../lib/json.js';
import { problemSchema } from '../lib/problem.js';
import { type Health, healthSchema } from './schemas.js';

/** An HTTP answer, whoever asked and by whatever means. */
export interface HttpReply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export type HealthReading =
  /** `health` is null for a version of ours that says it in other words. */
  | { kind: 'native'; identity: ServerIdentity; health: Health | null }
  | { kind: 'python' }
  /** Ours, and the token is missing or wrong. */
  | { kind: 'locked' }
  /** Answers with an error. */
  | { kind: 'refused'; status: number }
  /** Answers, but not as an env server does; a Python one without `/health` cannot be told from it. */
  | { kind: 'other' };

/** What says that it is ours; every version of arpo-env sends it. */
const identitySchema = healthSchema.pick({ status: true, version: true, provider: true });
export type ServerIdentity = z.output<typeof identitySchema>;

const pythonSchema = z.object({ status: z.literal('ok') });

/** Of the answer to `GET /health`. */
export function readHealth({ status, headers, body }: HttpReply): HealthReading {
  if (status === 401 && String(headers['www-authenticate'] ?? '').includes(REALM)) return { kind: 'locked' };
  // A Python server may have no such route; ours says with a problem document that there is no such env.
  if (status === 404 && !isProblem(body)) return { kind: 'other' };
  if (status < 200 || status >= 300) return { kind: 'refused', status };
  const identity = parseJson(body, identitySchema);
  if (identity) return { kind: 'native', identity, health: parseJson(body, healthSchema) ?? null };
  return { kind: parseJson(body, pythonSchema) ? 'python' : 'other' };
}

/** True for an error answer of ours. */
function isProblem(body: string): boolean {
  return parseJson(body, problemSchema) !== undefined;
}
