/** Gets an address on the cluster: asks for it, frees it from a dead session of our own, or says who holds it. */
import { isRunning } from '../../host/process.js';
import { sleep } from '../../lib/wait.js';
import { type Connection, isUnixSocket, type RemoteAddress } from '../../ssh/connection/connection.js';
import { removeStaleSocketFile } from '../forward/socket-file.js';
import { probe } from '../watch/probe.js';
import { explainRefusal, ownPort } from './port-holder.js';
import { endSession, findSessions, type MarkedSession, type SessionOwner } from './session-marker.js';

const ANSWER_MS = 10_000;
/** How long a live tunnel of another run may take to answer before it counts as dead. */
const ALIVE_MS = 3000;
const FREED_ATTEMPTS = 20;
const FREED_POLL_MS = 50;

export interface Claim {
  listener: RemoteAddress;
  /** What the same connection has got already. */
  standing: readonly RemoteAddress[];
  owner: SessionOwner;
}

/** What was got: the port for 0, and `localhost` where the server lets nobody listen but by that name. Throws E_TUNNEL_FORWARD when the server allows none and E_TUNNEL_PORT_HELD when it is taken. */
export async function claimPort(
  connection: Connection,
  { listener, standing, owner }: Claim,
  signal: AbortSignal,
): Promise<RemoteAddress> {
  const ask = async (at: RemoteAddress) => {
    const port = await connection.listen(at, { signal, timeoutMs: ANSWER_MS });
    return { bind: at.bind, port };
  };
  const request = () => ask(listener);
  // Permissions go by the word, and ssh asks for the name where none is given (sshd(8), permitlisten). Not at first: with the port held
  // on 127.0.0.1, sshd would take [::1] alone for it.
  const byName = () => (listener.bind === '127.0.0.1' ? ask({ ...listener, bind: 'localhost' }) : request());
  try {
    return await request();
  } catch (error) {
    signal.throwIfAborted();
    connection.ended.throwIfAborted();
    const beside = standing.find(({ port }) => port === listener.port && port !== 0);
    if (beside !== undefined) throw ownPort(connection, listener, beside, error);
    // The server's refusal has no reason in it (RFC 4254 §7.1), so look for one.
    const sessions = (await findSessions(connection, listener, signal)) ?? [];
    const dead = await findDead(connection, listener, sessions, owner, signal);
    if (dead !== null) await endSession(connection, dead, signal);
    if (isUnixSocket(listener) && (await removeStale(connection, listener, dead, signal))) return request();
    if (dead !== null) return untilFree(() => request().catch(byName), signal);
    const refusal = await explainRefusal(connection, listener, sessions, signal, error);
    if (refusal.code !== 'E_TUNNEL_FORWARD') throw refusal;
    return byName().catch(() => {
      signal.throwIfAborted();
      connection.ended.throwIfAborted();
      throw refusal;
    });
  }
}

/**
 * Ours and dead: of this very tunnel; or of this machine, mute, and of a process that runs no more. Mute alone could be a
 * live tunnel to a server that hangs, and the process alone one of another machine with the same home folder.
 */
async function findDead(
  connection: Connection,
  listener: RemoteAddress,
  sessions: readonly MarkedSession[],
  owner: SessionOwner,
  signal: AbortSignal,
): Promise<MarkedSession | null> {
  const own = sessions.find(({ run }) => run === owner.run);
  if (own) return own;
  const earlier = sessions.find(({ machine }) => machine === owner.machine);
  if (!earlier || (await isRunning(earlier.process))) return null;
  const { kind } = await probe(connection, listener, ALIVE_MS, signal);
  // Mute: a frozen session's queue of connections is full, so that not even the connection comes about.
  return kind === 'no-answer' || kind === 'mute' ? earlier : null;
}

/** The kernel closes the listener when the killed process is really gone. */
async function untilFree<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempt === FREED_ATTEMPTS) throw error;
      await sleep(FREED_POLL_MS, signal);
    }
  }
}

/** A killed session lets go of its socket a moment later; without one, the first look decides. */
async function removeStale(
  connection: Connection,
  listener: RemoteAddress,
  killed: MarkedSession | null,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    if (await removeStaleSocketFile(connection, listener, signal)) return true;
    if (killed === null || attempt === FREED_ATTEMPTS) return false;
    await sleep(FREED_POLL_MS, signal);
  }
}
