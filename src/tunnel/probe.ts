/** The end-to-end test: a connection made on the cluster's side to its own port must come back with the local side's answer. */
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ClientChannel } from 'ssh2';
import { BAD_GATEWAY_HEADER } from './bad-gateway.js';
import { ChannelRefused, openDirect } from './channels.js';
import type { Connection } from './connect.js';
import type { ForwardSpec } from './forward.js';
import { settle } from './settle.js';

export type ProbeResult =
  /** The local side answered, whatever the status; `rttMs` is the time to open a channel on the cluster. */
  | { kind: 'ok'; rttMs: number }
  | { kind: 'local-down'; message: string }
  /** Accepted and not answered, or not in HTTP. */
  | { kind: 'no-answer'; message: string }
  /** Nothing listens on the cluster's port. */
  | { kind: 'forward-lost' }
  /** The server allows no channels from its side (`AllowTcpForwarding remote`, `PermitOpen`). */
  | { kind: 'forbidden' };

/** Rejects only when the connection ends or `signal` aborts. */
export async function probe(
  connection: Connection,
  { bind, port }: Pick<ForwardSpec, 'bind' | 'port'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const started = performance.now();
  let channel: ClientChannel | undefined;
  try {
    channel = await openDirect(connection, reachable(bind), port, { signal, timeoutMs });
    const rttMs = performance.now() - started;
    const response = await getHealth(connection, channel, port, timeoutMs, signal);
    if (response.headers[BAD_GATEWAY_HEADER] === undefined) {
      response.on('error', () => {}).resume(); // its body is of no interest, and cut off below
      return { kind: 'ok', rttMs };
    }
    const { message } = JSON.parse(await text(response)) as { message: string };
    return { kind: 'local-down', message };
  } catch (error) {
    signal.throwIfAborted();
    connection.ended.throwIfAborted();
    if (error instanceof ChannelRefused && error.failure === 'connect-failed')
      return { kind: 'forward-lost' };
    if (error instanceof ChannelRefused) return { kind: 'forbidden' };
    return { kind: 'no-answer', message: (error as Error).message };
  } finally {
    channel?.close();
  }
}

/** The address to connect to for a port that is bound to `bind`. */
export function reachable(bind: string): string {
  if (bind === '' || bind === '*' || bind === '0.0.0.0') return '127.0.0.1';
  return bind === '::' ? '::1' : bind;
}

async function getHealth(
  connection: Connection,
  channel: ClientChannel,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const get = request({
    createConnection: () => channel,
    path: '/health',
    headers: { host: `127.0.0.1:${port}`, connection: 'close' },
  });
  get.on('error', () => {}); // after the answer, or after the wait was given up
  return settle<IncomingMessage>({ signals: [signal, connection.ended], timeoutMs }, (resolve, reject) => {
    get.once('response', resolve).once('error', reject).end();
  });
}
