/** An authenticated SSH connection by ssh2, with one signal for its end, whoever notices that first. */
import { setMaxListeners } from 'node:events';
import { Client } from 'ssh2';
import { ArpoEnvError } from '../../errors.js';
import { onAbort, settle } from '../../lib/wait.js';
import { pastedSshG } from '../host/command-line.js';
import { resolveTarget, type SshTarget, type TargetOptions } from '../host/target.js';
import { authenticate } from '../login/authenticate.js';
import { nobody } from '../login/person.js';
import type { Person } from '../person.js';
import { ssh2Channels } from './channels.js';
import { type Connection, ConnectionEnd } from './connection.js';
import { dial } from './dial.js';
import { forHop, MAX_HOPS } from './jump.js';
import { watchSilence } from './liveness.js';
import { Pace } from './pace.js';
import { watchUplink } from './uplink.js';
import type { JumpHost } from './wire.js';

export interface ConnectOptions {
  signal: AbortSignal;
  /** Milliseconds between signs of life; about three without any and the connection is given up. */
  keepaliveMs: number;
  /** The server has been reached and is who it should be. */
  onAuthenticating: () => void;
  /** Of this and earlier connections to the same host. Default: a new one. */
  pace?: Pace;
}

const GOODBYE_MS = 1000;

/** `target` is what was made of `options`. Throws E_SSH_HOST, E_SSH_HOST_KEY, E_SSH_KEY_FILE or E_SSH_AUTH; nothing is left open then. */
export function connect(
  target: SshTarget,
  options: TargetOptions,
  connecting: ConnectOptions,
): Promise<Connection> {
  return connectOver(target, options, connecting, 0);
}

async function connectOver(
  target: SshTarget,
  options: TargetOptions,
  connecting: ConnectOptions,
  hops: number,
): Promise<Connection> {
  const { signal, keepaliveMs, pace = new Pace() } = connecting;
  const person: Person = options.person ?? nobody();
  if (hops > MAX_HOPS) throw endlessJump(target);
  for (const line of target.ignored) person.tell(`ignored for ${target.name}: ${line}`);
  const connectHop = async (hop: JumpHost) => {
    const hopOptions = forHop(options, hop);
    const hopTarget = await resolveTarget(hopOptions, signal);
    return connectOver(hopTarget, hopOptions, { ...connecting, onAuthenticating: () => {} }, hops + 1);
  };
  const wire = await dial(target, { signal, pace, connectHop });
  const client = new Client();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal); // one for every forwarded connection
  const abandon = (end: ConnectionEnd) => ended.abort(end);
  const end = (reason: ConnectionEnd['reason'], message: string) =>
    abandon(new ConnectionEnd(reason, message));
  onAbort(ended.signal, () => wire.stream.destroy());
  client.on('close', () => end('connection-lost', 'the server closed the connection'));
  try {
    await authenticate(client, wire.stream, target, { ...connecting, person });
  } catch (error) {
    client.on('error', () => {}); // told already
    await wire[Symbol.asyncDispose]();
    throw error;
  }
  client.on('error', (error) => end('connection-lost', `the connection broke: ${wordsOf(error)}`));
  watchSilence(wire, keepaliveMs, ended.signal, () => {
    end('silent', `nothing was heard from ${target.name} for ${(3 * keepaliveMs) / 1000} s`);
  });
  return {
    ...ssh2Channels(client, ended.signal),
    target,
    ended: ended.signal,
    uplink: watchUplink(wire.stream),
    abandon,
    async [Symbol.asyncDispose]() {
      client.end();
      // The server closes when it has read our goodbye; one that is frozen or cut off gets no more than this.
      await settle<void>({ signals: [ended.signal], timeoutMs: GOODBYE_MS }, () => {}).catch(() => {});
      end('disposed', 'closed by us');
      await wire[Symbol.asyncDispose]();
    },
  };
}

/** A packet that fails its check has no error of OpenSSL's behind it, and the name of none for its words. */
function wordsOf({ message }: Error): string {
  return /^error:0+:/.test(message) ? 'a packet came damaged' : message;
}

function endlessJump({ name, destination }: SshTarget): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `the way to ${name} goes over more than ${MAX_HOPS} hosts: some of them jump through each other`,
    fix: `look at ProxyJump: ${pastedSshG(destination)} | grep -i proxyjump`,
  });
}
