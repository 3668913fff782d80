/** The end-to-end test: a connection made on the cluster's side to its own port must come back with the local side's answer. */

import { type IncomingMessage, request } from 'node:http';
import { messageOf } from '../../lib/errno.js';
import { readText } from '../../lib/read-text.js';
import { settle } from '../../lib/wait.js';
import {
  ChannelRefused,
  type Connection,
  isUnixSocket,
  type RemoteAddress,
  reachable,
  type TunnelChannel,
} from '../../ssh/connection/connection.js';
import { BAD_GATEWAY_HEADER } from '../forward/bad-gateway.js';
import { PROBE_AGENT } from '../forward/count-requests.js';
import { probeByCommand } from './probe-by-command.js';
import { hostHeader, localDownResult, type ProbeResult } from './probe-result.js';

/** Our own answer has a few hundred bytes; another server's may look like it. */
const MOST_BODY = 2 ** 16;

/** Rejects only when the connection ends or `signal` aborts. */
export async function probe(
  connection: Connection,
  listener: RemoteAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const started = performance.now();
  const address = { bind: reachable(listener.bind), port: listener.port };
  let channel: TunnelChannel | undefined;
  try {
    channel = await connection.open(address, { signal, timeoutMs });
    const rttMs = performance.now() - started;
    const response = await getHealth(connection, channel, listener, timeoutMs, signal);
    response.on('error', () => {});
    if (response.headers[BAD_GATEWAY_HEADER] !== undefined) {
      const signals = [signal, connection.ended];
      return localDownResult(await readText(response, { signals, timeoutMs, most: MOST_BODY }));
    }
    response.resume(); // its body is of no interest, and cut off below
    return { kind: 'ok', rttMs, status: response.statusCode ?? 0 };
  } catch (error) {
    signal.throwIfAborted();
    connection.ended.throwIfAborted();
    // Of a unix socket sshd says so too when it does not allow the channel (server_request_direct_streamlocal in its serverloop.c).
    if (error instanceof ChannelRefused && error.failure === 'connect-failed' && !isUnixSocket(listener))
      return { kind: 'forward-lost' };
    if (error instanceof ChannelRefused) return probeByCommand(connection, listener, timeoutMs, signal);
    return channel === undefined ? { kind: 'mute' } : { kind: 'no-answer', message: messageOf(error) };
  } finally {
    channel?.close();
  }
}

async function getHealth(
  connection: Connection,
  channel: TunnelChannel,
  listener: RemoteAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const get = request({
    createConnection: () => channel,
    path: '/health',
    headers: { host: hostHeader(listener), connection: 'close', 'user-agent': PROBE_AGENT },
  });
  get.on('error', () => {}); // after the answer, or after the wait was given up
  return settle<IncomingMessage>({ signals: [signal, connection.ended], timeoutMs }, (resolve, reject) => {
    get.once('response', resolve).once('error', reject).end();
  });
}
