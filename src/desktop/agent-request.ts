/** The requests that a task's set-up and its evaluation make of a guest agent, with forms, uploads and retries. */
import { Agent } from 'node:http';
import got, { HTTPError, type OptionsInit, RequestError, type Response } from 'got';
import { messageOf } from '../lib/errno.js';
import { agentUnreachable, refusal } from './agent-errors.js';
import { LARGEST_DOCUMENT_BYTES, requestDesktop, tooLarge } from './ask.js';

export interface AgentRequest {
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole request. Default DEFAULT_TIMEOUT_MS. */
  timeoutMs?: number | undefined;
  got?: OptionsInit;
  /** Bytes of the answer. Default LARGEST_DOCUMENT_BYTES. */
  largest?: number;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
/** A new connection for each request: one kept from before a pause or a restore is dead, and would lose an action. */
const CONNECTIONS = { http: new Agent({ keepAlive: false }) };

/** A 2xx answer. Throws E_AGENT_UNREACHABLE, E_AGENT_FAILED, or the signal's reason. */
export async function requestAgent(
  base: URL,
  route: string,
  { largest = LARGEST_DOCUMENT_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS, ...options }: AgentRequest,
): Promise<Response<Buffer>> {
  const large = new AbortController();
  const signals = options.signal ? [options.signal, large.signal] : [large.signal];
  let response: Response<Buffer>;
  try {
    const answer = got(new URL(route, base), {
      method: 'POST',
      agent: CONNECTIONS,
      retry: { limit: 0 },
      ...options.got,
      isStream: false,
      resolveBodyOnly: false,
      responseType: 'buffer',
      decompress: false,
      followRedirect: false,
      request: requestDesktop,
      timeout: { request: timeoutMs },
      signal: AbortSignal.any(signals),
    });
    void answer.on('downloadProgress', ({ transferred }) => {
      if (transferred > largest) large.abort(tooLarge(largest));
    });
    response = (await answer) as Response<Buffer>;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (large.signal.aborted) throw agentUnreachable(base, route, messageOf(large.signal.reason), error);
    if (error instanceof HTTPError) {
      const { statusCode, rawBody } = error.response;
      throw refusal(base, route, statusCode, rawBody, error);
    }
    if (error instanceof RequestError) throw agentUnreachable(base, route, error.message, error);
    throw error;
  }
  const { statusCode, rawBody } = response;
  // To got a redirect that it shall not follow is a success.
  if (statusCode > 299) throw refusal(base, route, statusCode, rawBody);
  return response;
}
