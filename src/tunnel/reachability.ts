/** A wait that ends early when the way to the host may be open again: instead of a long sleep. */
import { deferred, onAbort, sleep, untilAborted } from '../lib/wait.js';
import { connectTcp, type TcpAddress } from '../ssh/connection/tcp.js';
import type { Disturbance, DisturbanceWatch } from './watch/disturbance.js';

const LOOK_MS = 500;
const ANSWER_MS = 1000;

export interface WayBack {
  /** What a connection begins with; null where only the user's ProxyCommand knows. */
  host: TcpAddress | null;
  machine: DisturbanceWatch;
}

/**
 * Waits for `ms` milliseconds; less when this machine wakes or gets on another network, which is returned, or when `host` is
 * out of reach meanwhile and then within reach again, so that a cable that is plugged in or an sshd that starts is noticed at
 * once. A host that answers all the time is waited out: what it refused was not the connection. Throws the signal's reason
 * when that aborts.
 */
export async function pauseUntilBack(
  ms: number,
  { host, machine }: WayBack,
  signal: AbortSignal,
): Promise<Disturbance | null> {
  signal.throwIfAborted();
  const end = new AbortController();
  using _listener = onAbort(signal, (reason) => end.abort(reason));
  const disturbed = deferred<Disturbance>();
  const calm = machine.onDisturbance(disturbed.resolve);
  try {
    const waits = [sleep(ms, [end.signal])];
    if (host !== null) waits.push(backAgain(host, end.signal));
    for (const wait of waits) wait.catch(() => {}); // the one that lost the race is aborted below
    return (await Promise.race([disturbed.promise, ...waits])) ?? null;
  } finally {
    calm();
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
    if (answers) return untilAborted(signal);
    await sleep(LOOK_MS, [signal]);
  }
}
