/** An outgoing TCP connection with a deadline, or its error; never a socket left half open. */
import { connect, type Socket } from 'node:net';
import { settle } from './settle.js';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Rejects with the system's error, with `no answer within …`, or with the signal's reason. */
export async function connectTcp(
  { host, port }: TcpAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, allowHalfOpen: true });
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
