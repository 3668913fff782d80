/** A wait that ends early when the host comes back: cheap connection attempts in the background instead of a long sleep. */
import { pause } from './settle.js';
import { connectTcp, type TcpAddress } from './tcp.js';

const LOOK_MS = 500;
const ANSWER_MS = 1000;

/**
 * Waits for `ms` milliseconds; less when `host` is out of reach meanwhile and then within reach again, so that a cable
 * that is plugged in or an sshd that starts is noticed at once. A host that answers all the time is waited out: what it
 * refused was not the connection. Throws the signal's reason when that aborts.
 */
export async function pauseUntilBack(
  ms: number,
  host: TcpAddress | null,
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const onAbort = () => end.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const waits = [pause(ms, [end.signal])];
    if (host !== null) waits.push(backAgain(host, end.signal));
    for (const wait of waits) wait.catch(() => {}); // the one that lost the race is aborted below
    await Promise.race(waits);
  } finally {
    signal.removeEventListener('abort', onAbort);
    end.abort();
  }
}

/** Resolves at the first connection after one that failed; never for a host that answers at once. */
async function backAgain(host: TcpAddress, signal: AbortSignal): Promise<void> {
  for (let wasAway = false; ; wasAway = true) {
    const answers = await connectTcp(host, ANSWER_MS, signal).then(
      (socket) => {
        socket.destroy();
        return true;
      },
      () => false,
    );
    if (answers && wasAway) return;
    if (answers) return new Promise(() => {});
    await pause(LOOK_MS, [signal]);
  }
}
