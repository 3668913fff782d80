/** The env server as this machine sees it: who listens, and what is answered. */
import { type HealthReading, readHealth, type ServerIdentity } from '../../env-api/health.js';
import type { Health } from '../../env-api/schemas.js';
import type { Host, HttpAnswer } from '../../host/host.js';
import { readSocketTables } from '../../host/socket-tables.js';
import { type Listener, parseListeners, parsePeers } from '../../host/sockets.js';
import type { TokenLook } from './token.js';

export interface ServerLook {
  url: URL;
  /** Sockets that listen on the port; null where they cannot be seen. */
  listeners: Listener[] | null;
  /** Who listens, when that can be seen. */
  holder: string | null;
  health: HttpAnswer;
  docs: HttpAnswer;
  kind: ServerKind;
  /** Of ours. */
  identity: ServerIdentity | null;
  /** Of ours, unless its version says it in other words. */
  native: Health | null;
  /** Addresses that are connected to the port now. */
  peers: string[];
}

/** `python`: the Python env server. `locked`: ours, and the token is missing or wrong. */
export type ServerKind = 'native' | 'python' | 'locked' | 'other' | 'none';

export async function lookAtServer(
  url: URL,
  { token }: TokenLook,
  { machine, signal }: { machine: Host; signal: AbortSignal },
): Promise<ServerLook> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const port = Number(url.port || 80);
  const get = (path: string) => machine.get(new URL(path, url), { headers, signal });
  const [health, docs, tables, holder] = await Promise.all([
    get('/health'),
    get('/docs'),
    readSocketTables(machine, port, signal),
    machine.portHolder(port),
  ]);
  const listeners = tables === null ? null : parseListeners(tables).filter((row) => row.port === port);
  return {
    url,
    listeners,
    holder,
    health,
    docs,
    kind: serverKind(health),
    identity: identityOf(health),
    native: healthOf(health),
    peers: tables === null ? [] : parsePeers(tables, port),
  };
}

/** What answered, by its `/health`; also used for what the cluster gets. */
export function serverKind(answer: HttpAnswer | { kind: string }): ServerKind {
  const reading = readAnswer(answer);
  if (reading === null) return 'none';
  return reading.kind === 'refused' ? 'other' : reading.kind;
}

export function identityOf(answer: HttpAnswer | { kind: string }): ServerIdentity | null {
  const reading = readAnswer(answer);
  return reading?.kind === 'native' ? reading.identity : null;
}

function healthOf(answer: HttpAnswer): Health | null {
  const reading = readAnswer(answer);
  return reading?.kind === 'native' ? reading.health : null;
}

function readAnswer(answer: HttpAnswer | { kind: string }): HealthReading | null {
  return isAnswer(answer) ? readHealth(answer) : null;
}

/** One line about an answer that is not ours. */
export function describeAnswer(answer: HttpAnswer): string {
  if (answer.kind !== 'answer') return answer.words;
  const { server } = answer.headers;
  const start = answer.body.trim().replace(/\s+/g, ' ').slice(0, 60);
  return `HTTP ${answer.status}${server ? ` from ${server}` : ''}${start ? ` ("${start}")` : ''}`;
}

function isAnswer(answer: { kind: string }): answer is Extract<HttpAnswer, { kind: 'answer' }> {
  return answer.kind === 'answer';
}
