/** A wait that ends early when the way to the host may be open again: instead of a long sleep. */
import { errno } from '../lib/errno.js';
import { deferred, onAbort, sleep, untilAborted } from '../lib/wait.js';
import type { Pace } from '../ssh/connection/pace.js';
import { connectTcp, type TcpAddress } from '../ssh/connection/tcp.js';
import type { Disturbance, DisturbanceWatch } from './watch/disturbance.js';

const LOOK_MS = 500;
const MAX_LOOK_MS = 30_000;
const ANSWER_MS = 1000;

/** One for the life of a tunnel. */
export interface Look {
  /** How often in a row the host refused a connection, as one does whose sshd is down, and a firewall that counts us. */
  refusals: number;
  /** For one that says nothing at all. */
  pace: Pace;
}

export interface WayBack {
  /** What a connection begins with; null where only the user's ProxyCommand knows. */
  host: TcpAddress | null;
  machine: DisturbanceWatch;
  look: Look;
}

/**
 * Waits for `ms` milliseconds; less when this machine wakes or gets on another network, which is returned, or when `host` is
 * out of reach meanwhile and then within reach again, so that a cable that is plugged in or an sshd that starts is noticed at
 * once. A host that answers all the time is waited out: what it refused was not the connection. One that refuses connections
 * is looked at less and less often, in the end only by the attempts themselves: `ufw limit` shuts out whoever knocks six times
 * in 30 s, and each knock that it refuses counts too. So is one that says nothing for long. Throws the signal's reason when that aborts.
 */
export async function pauseUntilBack(
  ms: number,
  { host, machine, look }: WayBack,
  signal: AbortSignal,
): Promise<Disturbance | null> {
  signal.throwIfAborted();
  const end = new AbortController();
  using _listener = onAbort(signal, (reason) => end.abort(reason));
  const disturbed = deferred<Disturbance>();
  const calm = machine.onDisturbance(disturbed.resolve);
  try {
    const waits = [sleep(ms, [end.signal])];
    if (host !== null) waits.push(backAgain(host, look, end.signal));
    for (const wait of waits) wait.catch(() => {}); // the one that lost the race is aborted below
    return (await Promise.race([disturbed.promise, ...waits])) ?? null;
  } finally {
    calm();
    end.abort();
  }
}

/** Resolves at the first connection after one that failed; never for a host that answers at once. */
async function backAgain(host: TcpAddress, look: Look, signal: AbortSignal): Promise<void> {
  let wasAway = look.refusals > 0 || look.pace.isSlow;
  for (;;) {
    if (wasAway) await sleep(gapMs(look), [signal]);
    const answer = await knock(host, look.pace, signal);
    look.refusals = answer === 'refused' ? look.refusals + 1 : 0;
    if (answer === 'open') return wasAway ? undefined : untilAborted(signal);
    wasAway = true;
  }
}

function gapMs({ refusals, pace }: Look): number {
  if (refusals > 0) return Math.min(MAX_LOOK_MS, LOOK_MS * 2 ** (refusals - 1));
  return pace.isSlow ? pace.gapMs : LOOK_MS;
}

async function knock(
  host: TcpAddress,
  pace: Pace,
  signal: AbortSignal,
): Promise<'open' | 'refused' | 'nothing'> {
  try {
    const socket = await connectTcp(host, ANSWER_MS, signal);
    socket.destroy();
    pace.answered();
    return 'open';
  } catch (error) {
    if (errno(error) === undefined) pace.silent();
    else pace.answered();
    return ['ECONNREFUSED', 'ECONNRESET'].includes(errno(error) ?? '') ? 'refused' : 'nothing';
  }
}
