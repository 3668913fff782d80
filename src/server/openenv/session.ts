/** One WebSocket of an OpenEnv client: text frames, one answer each, strictly in order. */
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import type { Caller } from '../../env/environment.js';
import { ArpoEnvError, toArpoEnvError } from '../../errors.js';
import { isTooManifold } from '../../http/limits.js';
import { messageOf } from '../../lib/errno.js';
import type { OpenEnvEpisode } from './episode.js';
import { answerMcp } from './mcp.js';
import {
  errorFrame,
  executionFrame,
  invalidFrame,
  isMessageType,
  MESSAGES,
  resetSchema,
  sentActionSchema,
} from './messages.js';

/** A client asks one thing after the other; who sends so many at once does not wait for answers. */
const MOST_WAITING = 32;
/** A client that is gone without a word is found out by then. */
const PING_MS = 30_000;

const NORMAL = 1000;

/** Until the socket has closed, in whatever way. */
export async function serveSession(socket: WebSocket, episode: OpenEnvEpisode): Promise<void> {
  const closed = new AbortController();
  socket.once('close', () => closed.abort(hungUp()));
  const timer = pinged(socket);
  let waiting = 0;
  let work = Promise.resolve();
  socket.on('message', (data, isBinary) => {
    waiting += 1;
    if (waiting > MOST_WAITING || isBinary) {
      refuseSession(socket, isBinary ? 'a binary frame' : `more than ${MOST_WAITING} messages that wait`);
      return;
    }
    work = work.then(async () => {
      const { frame, isLast } = isTooManifold(data as Buffer) // of binaryType nodebuffer
        ? { frame: errorFrame('VALIDATION_ERROR', 'a message of too many values'), isLast: false }
        : await answerTo(String(data), episode, { signal: closed.signal });
      if (frame !== null) await sent(socket, frame);
      waiting -= 1;
      if (isLast) socket.close(NORMAL);
    });
  });
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  await work.catch(() => undefined);
}

/** Ends a session, or one that is not to begin. */
export function refuseSession(socket: WebSocket, why: string): void {
  socket.send(errorFrame('SESSION_ERROR', why));
  socket.close(NORMAL);
}

interface Answer {
  frame: string | null;
  /** The session ends with it. */
  isLast: boolean;
}

/** Never throws. */
async function answerTo(text: string, episode: OpenEnvEpisode, caller: Caller): Promise<Answer> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    return { frame: errorFrame('INVALID_JSON', `Invalid JSON: ${messageOf(error)}`), isLast: false };
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return { frame: errorFrame('SESSION_ERROR', 'a message that is not an object'), isLast: true };
  const frame = await answerToMessage(message, episode, caller);
  return { frame, isLast: frame === null };
}

/** Null when the client wants to end. */
async function answerToMessage(
  message: object,
  episode: OpenEnvEpisode,
  caller: Caller,
): Promise<string | null> {
  const type = 'type' in message ? message.type : '';
  if (!isMessageType(type)) {
    const said = typeof type === 'string' ? type : JSON.stringify(type);
    return errorFrame('UNKNOWN_TYPE', `Unknown message type: ${said.slice(0, 100)}`);
  }
  const parsed = MESSAGES[type].safeParse(message);
  if (!parsed.success) return invalidFrame(parsed.error);
  const data = 'data' in parsed.data ? parsed.data.data : undefined;
  switch (type) {
    case 'reset':
      return observed(resetSchema, data, (reset) => episode.reset(reset, caller));
    case 'step':
      return observed(sentActionSchema, data, (action) => episode.step(action, caller));
    case 'state':
      return JSON.stringify({ type: 'state', data: episode.state });
    case 'mcp':
      return JSON.stringify({ type: 'mcp', data: answerMcp(data) });
    case 'close':
      return null;
  }
}

async function observed<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  work: (data: z.output<Schema>) => Promise<object>,
): Promise<string> {
  const parsed = schema.safeParse(data);
  if (!parsed.success) return invalidFrame(parsed.error);
  try {
    return JSON.stringify({ type: 'observation', data: await work(parsed.data) });
  } catch (error) {
    return executionFrame(toArpoEnvError(error));
  }
}

/** Answers wait for a client that does not read them, and so does what it asks for next. */
function sent(socket: WebSocket, answer: string): Promise<void> {
  // An error closes the socket, which is heard of elsewhere.
  return new Promise((resolve) => socket.send(answer, () => resolve()));
}

function pinged(socket: WebSocket): NodeJS.Timeout {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  return setInterval(() => {
    if (!isAlive) socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
}

function hungUp(): ArpoEnvError {
  const fix = 'raise the time-out of the client: message_timeout_s of EnvClient';
  return new ArpoEnvError({ code: 'E_INTERRUPTED', message: 'the client hung up before the answer', fix });
}
