/** ssh2's callbacks as promises that end with the connection or the caller's signal, and leave no channel open behind them. */
import type { ClientChannel } from 'ssh2';
import type { Connection } from './connect.js';
import { type Limits, settle } from './settle.js';

export interface CallLimits {
  signal: AbortSignal;
  timeoutMs: number;
}

/** Reasons of a refused channel (RFC 4254 §5.1), in the order of their numbers from 1. */
export type OpenFailure = 'prohibited' | 'connect-failed' | 'unknown-type' | 'shortage';

export class ChannelRefused extends Error {
  constructor(
    readonly failure: OpenFailure,
    options: ErrorOptions,
  ) {
    super(`the server refused the channel: ${failure}`, options);
  }
}

const OPEN_FAILURES: readonly OpenFailure[] = ['prohibited', 'connect-failed', 'unknown-type', 'shortage'];

/** A TCP connection made by the server, to an address that it can reach. Throws ChannelRefused when it does not want to or cannot. */
export function openDirect(
  connection: Connection,
  host: string,
  port: number,
  limits: CallLimits,
): Promise<ClientChannel> {
  return open(connection, limits, (done) => connection.client.forwardOut('127.0.0.1', 0, host, port, done));
}

/** A command on the cluster. Throws ChannelRefused when the account may not run any. */
export function openCommand(
  connection: Connection,
  command: string,
  limits: CallLimits,
): Promise<ClientChannel> {
  return open(connection, limits, (done) => connection.client.exec(command, done));
}

/** Asks the server to listen; the port it got. Rejects when the server says no, which is all that it says. */
export function requestForward(
  connection: Connection,
  bind: string,
  port: number,
  limits: CallLimits,
): Promise<number> {
  return settle(within(connection, limits), (resolve, reject) => {
    connection.client.forwardIn(bind, port, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
}

export function cancelForward(
  connection: Connection,
  bind: string,
  port: number,
  limits: CallLimits,
): Promise<void> {
  return settle(within(connection, limits), (resolve, reject) => {
    connection.client.unforwardIn(bind, port, (error) => (error ? reject(error) : resolve()));
  });
}

function open(
  connection: Connection,
  limits: CallLimits,
  request: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  let abandoned = false;
  const opening = settle<ClientChannel>(within(connection, limits), (resolve, reject) => {
    request((error, channel) => {
      if (error) reject(refusal(error));
      else if (abandoned) channel.close();
      else resolve(channel);
    });
  });
  return opening.catch((error: unknown) => {
    abandoned = true;
    throw error;
  });
}

function within(connection: Connection, { signal, timeoutMs }: CallLimits): Limits {
  return { signals: [signal, connection.ended], timeoutMs };
}

/** A refused command has no reason number; the end of the connection is told by its own signal. */
function refusal(error: Error): ChannelRefused {
  const { reason } = error as { reason?: unknown };
  const failure = typeof reason === 'number' ? OPEN_FAILURES[reason - 1] : undefined;
  return new ChannelRefused(failure ?? 'prohibited', { cause: error });
}
