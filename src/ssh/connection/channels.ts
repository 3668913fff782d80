/** ssh2's callbacks as promises that end with the connection or the caller's signal, and leave no channel open behind them. */
import type {
  AcceptConnection,
  Client,
  ClientChannel,
  RejectConnection,
  TcpConnectionDetails,
  UNIXConnectionDetails,
} from 'ssh2';
import { settle } from '../../lib/wait.js';
import {
  type CallLimits,
  ChannelRefused,
  type Connection,
  isUnixSocket,
  type OpenFailure,
} from './connection.js';

/** In the order of their numbers from 1 (RFC 4254 §5.1). */
const OPEN_FAILURES: readonly OpenFailure[] = ['prohibited', 'connect-failed', 'unknown-type', 'shortage'];

/** What a connection can do, done by an ssh2 client that has logged in. */
export function ssh2Channels(
  client: Client,
  ended: AbortSignal,
): Pick<Connection, 'listen' | 'unlisten' | 'onIncoming' | 'open' | 'run'> {
  const within = ({ signal, timeoutMs }: CallLimits) => ({ signals: [signal, ended], timeoutMs });

  /** A channel that opens when nobody waits for it any more is closed. */
  async function openChannel(
    limits: CallLimits,
    request: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
  ): Promise<ClientChannel> {
    let abandoned = false;
    try {
      return await settle<ClientChannel>(within(limits), (resolve, reject) => {
        request((error, channel) => {
          if (error) reject(refusal(error));
          else if (abandoned) channel.close();
          else resolve(channel);
        });
      });
    } catch (error) {
      abandoned = true;
      throw error;
    }
  }

  return {
    listen: (at, limits) =>
      settle(within(limits), (resolve, reject) => {
        if (isUnixSocket(at))
          client.openssh_forwardInStreamLocal(at.bind, (error) => (error ? reject(error) : resolve(0)));
        else client.forwardIn(at.bind, at.port, (error, port) => (error ? reject(error) : resolve(port)));
      }),
    unlisten: (at, limits) =>
      settle(within(limits), (resolve, reject) => {
        const done = (error?: Error | null) => (error ? reject(error) : resolve());
        if (isUnixSocket(at)) client.openssh_unforwardInStreamLocal(at.bind, done);
        else client.unforwardIn(at.bind, at.port, done);
      }),
    onIncoming(handler) {
      const onTcp = (
        info: TcpConnectionDetails,
        accept: AcceptConnection<ClientChannel>,
        reject: RejectConnection,
      ) => handler({ to: { bind: info.destIP, port: info.destPort }, from: info.srcIP, accept, reject });
      const onUnix = (info: UNIXConnectionDetails, accept: AcceptConnection, reject: RejectConnection) =>
        handler({ to: { bind: info.socketPath, port: 0 }, from: null, accept, reject });
      client.on('tcp connection', onTcp).on('unix connection', onUnix);
      return {
        [Symbol.dispose]: () => void client.off('tcp connection', onTcp).off('unix connection', onUnix),
      };
    },
    open: (to, limits) =>
      openChannel(limits, (done) => {
        if (isUnixSocket(to)) client.openssh_forwardOutStreamLocal(to.bind, done);
        else client.forwardOut('127.0.0.1', 0, to.bind, to.port, done);
      }),
    run: (command, limits) => openChannel(limits, (done) => client.exec(command, done)),
  };
}

/** A refused command has no reason number; the end of the connection is told by its own signal. */
function refusal(error: Error): ChannelRefused {
  const reason = 'reason' in error ? error.reason : undefined;
  const failure = typeof reason === 'number' ? OPEN_FAILURES[reason - 1] : undefined;
  return new ChannelRefused(failure ?? 'prohibited', { cause: error });
}
