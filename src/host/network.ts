/** One TCP connection, one HTTP request: how they ended, in few words. No proxy is ever used. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { errno, messageOf } from '../lib/errno.js';
import type { ConnectOptions, HttpAnswer, HttpOptions, TcpAnswer } from './host.js';

const HTTP_MS = 3000;
/** More than any answer that is looked at. */
const MAX_BODY = 256 * 1024;

export async function tcpConnect(
  host: string,
  port: number,
  { signal, timeoutMs, banner = false }: ConnectOptions,
): Promise<TcpAnswer> {
  const socket = connect({ host, port });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    await once(socket, 'connect', { signal: limit });
    if (!banner) return { kind: 'open', banner: '' };
    return { kind: 'open', banner: await firstLine(socket, limit) };
  } catch (error) {
    signal.throwIfAborted();
    const { kind, words } = failure(error, limit.aborted, timeoutMs);
    // A connection that is made and cut off before its first line was open all the same.
    return kind === 'closed' ? { kind: 'open', banner: '' } : { kind, words };
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

export async function httpGet(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  const { headers = {}, timeoutMs = HTTP_MS, signal } = options;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const send = url.protocol === 'https:' ? requestTls : request;
  try {
    const get = send(url, { headers: { ...headers, connection: 'close' }, signal: limit, agent: false });
    get.end();
    const [response] = (await once(get, 'response', { signal: limit })) as [IncomingMessage];
    const body = await bodyOf(response);
    const named = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return {
      kind: 'answer',
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(named) as Record<string, string>,
      body,
    };
  } catch (error) {
    signal.throwIfAborted();
    return failure(error, limit.aborted, timeoutMs);
  }
}

async function firstLine(socket: ReturnType<typeof connect>, signal: AbortSignal): Promise<string> {
  const [chunk] = (await Promise.race([
    once(socket, 'data', { signal }),
    once(socket, 'end', { signal }).then(() => ['']),
  ])) as [Buffer | string];
  return String(chunk).split('\n')[0]?.trim() ?? '';
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const REFUSED = ['ECONNREFUSED'];
const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'ENETDOWN'];

function failure(error: unknown, late: boolean, timeoutMs: number): Exclude<HttpAnswer, { kind: 'answer' }> {
  if (late) return { kind: 'silent', words: `no answer within ${timeoutMs / 1000} s` };
  const cause = firstCause(error);
  const code = errno(cause) ?? '';
  const words = code === 'ECONNREFUSED' ? 'Connection refused' : messageOf(cause) || code;
  if (REFUSED.includes(code)) return { kind: 'refused', words };
  if (code === 'ETIMEDOUT') return { kind: 'silent', words };
  return { kind: UNREACHABLE.includes(code) ? 'unreachable' : 'closed', words };
}

/** A name with several addresses fails with one error for each. */
function firstCause(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}
