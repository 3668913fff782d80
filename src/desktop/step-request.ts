/**
 * The two requests that every step makes, straight over node:http. A client library's options, hooks and retries cost
 * more CPU than the rest of the step (`npm run bench:server`); everything else goes through got.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { agentUnreachable, refusal } from './agent-errors.js';
import type { AgentSocket } from './endpoints.js';

export interface StepRequest {
  /** Sent as a POST; without it the request is a GET. */
  json?: object;
  /** Where it goes instead of the URL's host and port. */
  socket?: AgentSocket | undefined;
  /** Milliseconds for the whole request. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** More than any file that a task asks for. What runs in a desktop can make an agent answer without end. */
export const LARGEST_ANSWER_BYTES = 512 * 1024 ** 2;

interface Answer {
  status: number;
  body: Buffer;
}

/**
 * The body of a 2xx answer, over a connection of its own: one kept from before a pause or a restore would lose an action.
 * Throws E_AGENT_UNREACHABLE, E_AGENT_FAILED, or the signal's reason.
 */
export async function sendStepRequest(base: URL, route: string, options: StepRequest): Promise<Buffer> {
  options.signal?.throwIfAborted();
  const { status, body } = await send(new URL(route, base), options).catch((error: Error) => {
    options.signal?.throwIfAborted();
    throw agentUnreachable(base, route, error.message, error);
  });
  if (status < 200 || status > 299) throw refusal(base, route, status, body);
  return body;
}

function send(url: URL, { json, socket, timeoutMs, signal }: StepRequest): Promise<Answer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
  const headers = body && { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: body ? 'POST' : 'GET',
      agent: false,
      ...(socket ? { socketPath: socket.path } : {}),
      ...(headers ? { headers } : {}),
      ...(signal ? { signal } : {}),
    });
    const tooSlow = () => outgoing.destroy(new Error(`Timeout awaiting 'request' for ${timeoutMs}ms`));
    const timer = setTimeout(tooSlow, timeoutMs);
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => read(answer).then(resolve, reject));
    outgoing.end(body);
  });
}

function read(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST_ANSWER_BYTES) answer.destroy(tooLarge());
    });
    answer.once('error', reject);
    answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
  });
}

export function tooLarge(): Error {
  return new Error(`its answer is larger than ${LARGEST_ANSWER_BYTES / 1024 ** 2} MB`);
}
