/**
 * A request to a desktop, straight over node:http. What answers may be a program of the model's in the place of the agent
 * or of Chrome, so the answer counts as it is: it leads this machine nowhere else, changes to no other protocol, unpacks to
 * nothing larger and has an end.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { isMainThread } from 'node:worker_threads';
import type { z } from 'zod';
import { hasTooManyValues, parseJson } from '../lib/json.js';
import type { AgentSocket } from './endpoints.js';

export interface AskOptions {
  /** Sent as a POST; without it the request is a GET. */
  json?: object | undefined;
  headers?: Record<string, string> | undefined;
  /** Where it goes instead of the URL's host and port. */
  socket?: AgentSocket | undefined;
  /** Milliseconds for the whole request. */
  timeoutMs: number;
  /** Bytes of the answer. Default LARGEST_DOCUMENT_BYTES. */
  largest?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * More JSON than any task asks for. What runs in a desktop can make an agent answer without end; what comes is held in
 * memory, and parsed while everybody else waits. A thread of its own, in which an evaluation runs, keeps nobody waiting.
 */
export const LARGEST_DOCUMENT_BYTES = isMainThread ? 4 * 1024 ** 2 : 16 * 1024 ** 2;
const MOST_VALUES = isMainThread ? 100_000 : 1_000_000;

/** Whether there are so many values in it that parsing would take too long here. */
export function hasTooMuch(json: Buffer): boolean {
  return hasTooManyValues(json, MOST_VALUES);
}

export interface Answer {
  /** A redirect's too: it is not followed. */
  status: number;
  body: Buffer;
}

/** Over a connection of its own: one kept from before a pause or a restore would lose an action. Throws the system's error. */
export function ask(
  url: URL,
  { json, headers, socket, timeoutMs, largest = LARGEST_DOCUMENT_BYTES, signal }: AskOptions,
): Promise<Answer> {
  const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
  const typed = body && { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const outgoing = requestDesktop(url, {
      method: body ? 'POST' : 'GET',
      agent: false,
      ...(socket ? { socketPath: socket.path } : {}),
      headers: { ...headers, ...typed },
      ...(signal ? { signal } : {}),
    });
    const tooSlow = () => outgoing.destroy(new Error(`Timeout awaiting 'request' for ${timeoutMs}ms`));
    const timer = setTimeout(tooSlow, timeoutMs);
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => read(answer, largest).then(resolve, reject));
    outgoing.end(body);
  });
}

/** The document with which it answers. Throws the system's error, or one that says how the answer is none. */
export async function askJson<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<z.output<Schema>> {
  const { status, body } = await ask(url, options);
  if (status !== 200) throw new Error(`Request failed with status code ${status}`);
  const document = hasTooMuch(body) ? undefined : parseJson(body.toString(), schema);
  if (document === undefined) throw new Error('its answer is not what Chrome says');
  return document;
}

/** As `request` of node:http, for a client that is asked for one. An answer that changes the protocol is an error. */
export function requestDesktop(url: URL, options: RequestOptions): ClientRequest {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const outgoing = request(url, options);
  // When nobody hears it, Node closes the connection without an error: whoever waits for an answer waits for ever.
  outgoing.once('upgrade', (_answer, socket) => {
    socket.destroy();
    outgoing.emit('error', new Error('it changes the protocol'));
  });
  return outgoing;
}

function read(answer: IncomingMessage, largest: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > largest) answer.destroy(tooLarge(largest));
      else if (isCrumbs(chunks.length, size)) answer.destroy(inCrumbs());
    });
    answer.once('error', reject);
    answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
  });
}

/** What comes byte by byte costs a hundred times its size in memory, and in time. Servers send kilobytes at once. */
function isCrumbs(pieces: number, size: number): boolean {
  return pieces > 1000 && size / pieces < 64;
}

export function tooLarge(largest: number): Error {
  return new Error(`its answer is larger than ${Math.round(largest / 1024 ** 2)} MB`);
}

function inCrumbs(): Error {
  return new Error('its answer comes in pieces of a few bytes');
}
