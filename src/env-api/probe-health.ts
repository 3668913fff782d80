/** Asks an env server how it is: ours answers `/health` in detail, the Python one only `{"status":"ok"}`. */

import got, { type Response } from 'got';
import { errno, messageOf } from '../lib/errno.js';
import { isProblem, parseJson } from './client-errors.js';
import { type EnvSummary, envListSchema, type Health, healthSchema } from './schemas.js';

export type HealthAnswer =
  | { kind: 'native'; health: Health }
  /** Answers, but not as ours does: the Python env server, with or without `/health`. */
  | { kind: 'other' }
  /** Answers with an error, e.g. 401. */
  | { kind: 'refused'; status: number }
  | { kind: 'silent'; reason: string };

export interface ProbeOptions {
  /** Sent as Bearer; without one, user and password of the URL are sent as Basic. */
  token?: string | undefined;
  signal: AbortSignal;
}

const PROBE_TIMEOUT_MS = 3000;

/** Never throws but for the signal's reason. */
export async function askHealth(base: URL, options: ProbeOptions): Promise<HealthAnswer> {
  const response = await get(routeOf(base, 'health'), options);
  if (typeof response === 'string') return { kind: 'silent', reason: response };
  // A Python server may have no such route; ours says with a problem document that there is no such env.
  if (response.statusCode === 404 && !isProblem(response)) return { kind: 'other' };
  if (!response.ok) return { kind: 'refused', status: response.statusCode };
  const health = healthSchema.safeParse(parseJson(response.body));
  return health.success ? { kind: 'native', health: health.data } : { kind: 'other' };
}

/** The envs of our server; empty when it does not say. */
export async function askEnvs(base: URL, options: ProbeOptions): Promise<EnvSummary[]> {
  const response = await get(routeOf(base, 'envs'), options);
  const list = envListSchema.safeParse(typeof response === 'string' ? null : parseJson(response.body));
  return list.success ? list.data.envs : [];
}

/** True when a GET of `url` is answered with a 2xx. Throws the signal's reason only. */
export async function answersHttp(url: URL, signal: AbortSignal): Promise<boolean> {
  const response = await get(url, { signal });
  return typeof response !== 'string' && response.ok;
}

/** `base` may have a path of its own, e.g. `/envs/2`. */
export function routeOf(base: URL, route: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${route}`;
  return url;
}

export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The answer, or in words why there is none. */
async function get(url: URL, { token, signal }: ProbeOptions): Promise<Response<string> | string> {
  try {
    return await got(url, {
      headers: bearer(token),
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { request: PROBE_TIMEOUT_MS },
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error) || String(errno(error));
  }
}
