/**
 * An outgoing TCP connection with a deadline, or its error; never a socket left half open. Each address behind a name has all of
 * the time that is left to answer: Node by itself gives one up after a quarter of a second, and with it every host far away.
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import { connect, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { errno, messageOf } from '../../lib/errno.js';
import { settle } from '../../lib/wait.js';
import type { Pace } from './pace.js';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Until the next address is tried, besides those that have not answered yet (RFC 8305, Connection Attempt Delay). */
const NEXT_ADDRESS_MS = 250;

/** Rejects with the system's error, with `no answer within …`, or with the signal's reason. */
export async function connectTcp(
  destination: TcpAddress & Pick<TcpSocketConnectOpts, 'localAddress' | 'family' | 'onread'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, localAddress = '', family = isIP(localAddress) } = destination;
  const attempts = new Set<Socket>();
  let winner: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  try {
    winner = await settle<Socket>({ signals: [signal], timeoutMs }, (resolve, reject) => {
      const tryEach = (addresses: LookupAddress[]) => {
        const failures: Error[] = [];
        const tryNext = () => {
          clearTimeout(timer);
          const next = addresses[attempts.size];
          if (next === undefined || isOver) return;
          const socket = open({ ...destination, host: next.address });
          attempts.add(socket);
          socket.once('connect', () => resolve(socket));
          // Stays for good: an error that nobody hears would take the process down.
          socket.on('error', (error) => {
            failures.push(error);
            if (failures.length === addresses.length) reject(together(failures));
            else tryNext();
          });
          timer = setTimeout(tryNext, NEXT_ADDRESS_MS);
        };
        tryNext();
      };
      if (isIP(host) !== 0) return tryEach([{ address: host, family: isIP(host) }]);
      const found = dns.lookup(host, { all: true, family: family as 0 | 4 | 6 });
      found.then(tryEach).catch(reject);
    });
    return winner;
  } finally {
    isOver = true;
    clearTimeout(timer);
    for (const socket of attempts) if (socket !== winner) socket.destroy();
  }
}

function open({ host, port, localAddress, onread }: Parameters<typeof connectTcp>[0]): Socket {
  return connect({
    host,
    port,
    ...(localAddress !== undefined && { localAddress }),
    ...(onread && { onread }),
    noDelay: true,
    keepAlive: true,
    allowHalfOpen: true,
  });
}

/** One that says what all addresses said. */
function together(failures: readonly Error[]): Error {
  const [first = new Error('the name has no address')] = failures;
  const alike = failures.every((failure) => errno(failure) === errno(first));
  return alike ? first : new Error(failures.map(messageOf).join('; '), { cause: first });
}

/**
 * As connectTcp, with a fresh attempt every second, or as `pace` has it, besides those that have no answer yet. The kernel repeats
 * a lost SYN after 1, 2, 4 … s: a link that comes back would wait for the next of these.
 */
export async function connectTcpPersistently(
  address: Parameters<typeof connectTcp>[0],
  timeoutMs: number,
  signal: AbortSignal,
  pace: Pace,
): Promise<Socket> {
  const losers = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let winner: Socket | undefined;
  try {
    return await settle<Socket>({ signals: [signal] }, (resolve, reject) => {
      const attempt = () => {
        timer = setTimeout(again, pace.gapMs);
        connectTcp(address, timeoutMs, losers.signal).then((socket) => {
          pace.answered();
          if (winner !== undefined || losers.signal.aborted) return void socket.destroy();
          winner = socket;
          resolve(socket);
        }, failed);
      };
      const failed = (error: unknown) => {
        if (errno(error) !== undefined) pace.answered();
        reject(error);
      };
      const again = () => {
        pace.silent();
        attempt();
      };
      attempt();
    });
  } catch (error) {
    winner?.destroy(); // it came when the caller had just given up
    throw error;
  } finally {
    clearTimeout(timer);
    losers.abort();
  }
}
