/** An authenticated SSH connection, with one signal for its end, whoever notices that first. */
import { setMaxListeners } from 'node:events';
import { Client } from 'ssh2';
import { authenticate } from './authenticate.js';
import { dial } from './dial.js';
import type { Identities } from './identities.js';
import { watchSilence } from './liveness.js';
import { settle } from './settle.js';
import type { SshTarget } from './target.js';

export interface ConnectOptions {
  signal: AbortSignal;
  /** Milliseconds between signs of life; about three without any and the connection is given up. */
  keepaliveMs: number;
  /** The server has been reached and is who it should be. */
  onAuthenticating: () => void;
}

/** Disposing says goodbye to the server, when it still lives, and closes the socket. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
  readonly target: SshTarget;
  /** Aborted when the connection is over, with a ConnectionEnd as its reason. */
  readonly ended: AbortSignal;
}

/** Why a connection is over. */
export class ConnectionEnd extends Error {
  constructor(
    readonly reason: 'connection-lost' | 'silent' | 'disposed',
    message: string,
  ) {
    super(message);
  }
}

const GOODBYE_MS = 1000;

/** Throws E_TUNNEL_HOST, E_TUNNEL_HOST_KEY or E_TUNNEL_AUTH; nothing is left open then. */
export async function connect(
  target: SshTarget,
  identities: Identities,
  options: ConnectOptions,
): Promise<Connection> {
  const socket = await dial(target, options.signal);
  const client = new Client();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal); // one for every forwarded connection
  const end = (reason: ConnectionEnd['reason'], message: string) =>
    ended.abort(new ConnectionEnd(reason, message));
  ended.signal.addEventListener('abort', () => socket.destroy(), { once: true });
  client.on('close', () => end('connection-lost', 'the server closed the connection'));
  try {
    await authenticate(client, socket, target, identities, options);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  client.on('error', (error) => end('connection-lost', `the connection broke: ${error.message}`));
  watchSilence(socket, options.keepaliveMs, ended.signal, () => {
    end('silent', `nothing was heard from ${target.name} for ${(3 * options.keepaliveMs) / 1000} s`);
  });
  return {
    client,
    target,
    ended: ended.signal,
    async [Symbol.asyncDispose]() {
      client.end();
      // The server closes when it has read our goodbye; one that is frozen or cut off gets no more than this.
      await settle<void>({ signals: [ended.signal], timeoutMs: GOODBYE_MS }, () => {}).catch(() => {});
      end('disposed', 'closed by us');
    },
  };
}
