/**
 * What a tunnel asks of the SSH connection that carries it: ssh2's in this process (connect.ts), or that of the system's
 * ssh (openssh.ts). Whatever keeps this contract runs under the same supervisor, probe and output.
 */
import type { Duplex, Readable } from 'node:stream';
import { hostAndPort, reachableHost } from '../../lib/addresses.js';
import type { SshTarget } from '../host/target.js';
import type { Uplink } from './uplink.js';

/** Disposing says goodbye to the server, when it still lives, and leaves nothing of the connection behind. */
export interface Connection extends AsyncDisposable {
  readonly target: SshTarget;
  /** Aborted when the connection is over, with a ConnectionEnd as its reason. */
  readonly ended: AbortSignal;
  /** Null where another process sends, and each channel says for itself how much it takes. */
  readonly uplink: Uplink | null;
  /** Asks the server to listen; the port it got, 0 for a unix socket. Rejects when it says no, which is all that it says. */
  listen(at: RemoteAddress, limits: CallLimits): Promise<number>;
  unlisten(at: RemoteAddress, limits: CallLimits): Promise<void>;
  /** Each connection to an address that the server listens on for us goes to `handler`, until that is disposed of. */
  onIncoming(handler: (incoming: Incoming) => void): Disposable;
  /** A connection made by the server, to an address that it can reach. Throws ChannelRefused when it does not want to or cannot. */
  open(to: RemoteAddress, limits: CallLimits): Promise<TunnelChannel>;
  /** A command on the cluster, its stdin and stdout the channel. Throws ChannelRefused when the account may not run any. */
  run(command: string, limits: CallLimits): Promise<CommandChannel>;
  /** Ends it at once and without a goodbye, for a peer that would not hear one. */
  abandon(end: ConnectionEnd): void;
}

/** A TCP port on the cluster; or, with a `bind` that begins with a slash, a unix socket there, whose port is 0. */
export interface RemoteAddress {
  bind: string;
  port: number;
}

/** A connection that somebody made to a listener of ours on the cluster; one of `accept` and `reject` is called. */
export interface Incoming {
  /** The listener, as `listen` was asked for it, but with the port that it got. */
  to: RemoteAddress;
  /** The client's address on the cluster; null for a unix socket, and where the transport does not tell. */
  from: string | null;
  accept(): TunnelChannel;
  reject(): void;
}

/** Bytes both ways, each way ended by itself. Emits `close` when both are. */
export interface TunnelChannel extends Duplex {
  /** No more from us; the other direction goes on. What was written before still arrives. */
  eof(): void;
  /** Ends both directions. */
  close(): void;
}

export interface CommandChannel extends TunnelChannel {
  readonly stderr: Readable;
}

export interface CallLimits {
  signal: AbortSignal;
  timeoutMs: number;
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

/** Reasons of a refused channel (RFC 4254 §5.1). */
export type OpenFailure = 'prohibited' | 'connect-failed' | 'unknown-type' | 'shortage';

export class ChannelRefused extends Error {
  constructor(
    readonly failure: OpenFailure,
    options?: ErrorOptions,
  ) {
    super(`the server refused the channel: ${failure}`, options);
  }
}

export function isUnixSocket({ bind }: Pick<RemoteAddress, 'bind'>): boolean {
  return bind.startsWith('/');
}

/** `127.0.0.1:15001`, `[::1]:15001`, or the path of a unix socket. */
export function addressName(address: RemoteAddress): string {
  const { bind, port } = address;
  if (isUnixSocket(address)) return bind;
  return hostAndPort(bind, port);
}

/** The address to connect to for a port that is bound to `bind`. */
export function reachable(bind: string): string {
  return bind === '' || bind === '*' ? '127.0.0.1' : reachableHost(bind);
}
