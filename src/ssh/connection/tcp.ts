/** An outgoing TCP connection with a deadline, or its error; never a socket left half open. */
import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { settle } from '../../lib/wait.js';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Rejects with the system's error, with `no answer within …`, or with the signal's reason. */
export async function connectTcp(
  address: TcpAddress & Pick<TcpSocketConnectOpts, 'localAddress' | 'family'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, localAddress, family } = address;
  const socket = connect({
    host,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(family === undefined ? {} : { family }),
    noDelay: true,
    keepAlive: true,
    allowHalfOpen: true,
  });
  try {
    await settle<void>({ signals: [signal], timeoutMs }, (resolve, reject) => {
      socket.once('connect', resolve);
      // Stays for good: an error that nobody hears would take the process down.
      socket.on('error', reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const FRESH_ATTEMPT_MS = 1000;

/**
 * As connectTcp, with a fresh attempt every second, besides those that have no answer yet. The kernel repeats a lost SYN
 * after 1, 2, 4 … s: a link that comes back would wait for the next of these.
 */
export async function connectTcpPersistently(
  address: Parameters<typeof connectTcp>[0],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const losers = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let winner: Socket | undefined;
  try {
    return await settle<Socket>({ signals: [signal] }, (resolve, reject) => {
      const attempt = () => {
        connectTcp(address, timeoutMs, losers.signal).then((socket) => {
          if (winner !== undefined || losers.signal.aborted) return void socket.destroy();
          winner = socket;
          resolve(socket);
        }, reject);
      };
      attempt();
      timer = setInterval(attempt, FRESH_ATTEMPT_MS);
    });
  } catch (error) {
    winner?.destroy(); // it came when the caller had just given up
    throw error;
  } finally {
    clearInterval(timer);
    losers.abort();
  }
}
