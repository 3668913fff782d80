/** Gets the port on the cluster: asks for it, frees it from a dead session of our own, or says who holds it. */
import { setTimeout as delay } from 'node:timers/promises';
import { ArpoEnvError } from '../errors.js';
import { isRunning } from '../platform/process.js';
import { ChannelRefused, openDirect, requestForward } from './channels.js';
import type { Connection } from './connect.js';
import type { ForwardSpec } from './forward.js';
import { probe, reachable } from './probe.js';
import { runScript } from './remote-command.js';
import { endSession, findSessions, type MarkedSession, type SessionOwner } from './session-marker.js';

const ANSWER_MS = 10_000;
/** How long a live tunnel of another run may take to answer before it counts as dead. */
const ALIVE_MS = 3000;
const FREED_ATTEMPTS = 20;
const FREED_POLL_MS = 50;

/** The port that was got. Throws E_TUNNEL_FORWARD when the server allows none and E_TUNNEL_PORT_HELD when it is taken. */
export async function claimPort(
  connection: Connection,
  spec: Pick<ForwardSpec, 'bind' | 'port'>,
  owner: SessionOwner,
  signal: AbortSignal,
): Promise<number> {
  const request = () => requestForward(connection, spec.bind, spec.port, { signal, timeoutMs: ANSWER_MS });
  try {
    return await request();
  } catch (error) {
    signal.throwIfAborted();
    connection.ended.throwIfAborted();
    // The server's refusal has no reason in it (RFC 4254 §7.1), so look for one.
    const sessions = (await findSessions(connection, spec, signal)) ?? [];
    const dead = await findDead(connection, spec, sessions, owner, signal);
    if (dead === null) throw await explainRefusal(connection, spec, sessions, signal, error);
    await endSession(connection, dead, signal);
    return untilFree(request, signal);
  }
}

/**
 * Ours and dead: of this very tunnel; or of this machine, mute, and of a process that runs no more. Mute alone could be a
 * live tunnel to a server that hangs, and the process alone one of another machine with the same home folder.
 */
async function findDead(
  connection: Connection,
  spec: Pick<ForwardSpec, 'bind' | 'port'>,
  sessions: readonly MarkedSession[],
  owner: SessionOwner,
  signal: AbortSignal,
): Promise<MarkedSession | null> {
  const own = sessions.find(({ instance }) => instance === owner.instance);
  if (own) return own;
  const earlier = sessions.find(({ machine }) => machine === owner.machine);
  if (!earlier || (await isRunning(earlier.process))) return null;
  const { kind } = await probe(connection, spec, ALIVE_MS, signal);
  return kind === 'no-answer' ? earlier : null;
}

/** The kernel closes the listener when the killed process is really gone. */
async function untilFree(request: () => Promise<number>, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempt === FREED_ATTEMPTS) throw error;
      await delay(FREED_POLL_MS, undefined, { signal });
    }
  }
}

async function explainRefusal(
  connection: Connection,
  spec: Pick<ForwardSpec, 'bind' | 'port'>,
  sessions: readonly MarkedSession[],
  signal: AbortSignal,
  cause: unknown,
): Promise<ArpoEnvError> {
  const holder = await findHolder(connection, spec, signal);
  return holder.listening || sessions.length > 0
    ? portHeld(connection, spec, holder, sessions, cause)
    : forwardRefused(connection, spec, cause);
}

interface Holder {
  listening: boolean;
  /** `python3 (pid 4242, user deploy)`, as far as the cluster shows it. */
  description: string | null;
}

async function findHolder(
  connection: Connection,
  { bind, port }: Pick<ForwardSpec, 'bind' | 'port'>,
  signal: AbortSignal,
): Promise<Holder> {
  const output = await runScript(connection, HOLDER_SCRIPT, [port], signal);
  const [, user] = /^user (\S+)$/m.exec(output ?? '') ?? [];
  const [, pid, command] = /^process (\d+) (.+)$/m.exec(output ?? '') ?? [];
  const details = [pid && `pid ${pid}`, user && `user ${user}`].filter(Boolean).join(', ');
  const description = details === '' ? null : `${command ?? 'a process'} (${details})`;
  return { listening: user !== undefined || (await accepts(connection, bind, port, signal)), description };
}

async function accepts(
  connection: Connection,
  bind: string,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const channel = await openDirect(connection, reachable(bind), port, { signal, timeoutMs: ANSWER_MS });
    channel.on('error', () => {});
    channel.resume();
    channel.close();
    return true;
  } catch (error) {
    if (error instanceof ChannelRefused) return false;
    throw error;
  }
}

function portHeld(
  { target }: Connection,
  spec: Pick<ForwardSpec, 'bind' | 'port'>,
  holder: Holder,
  sessions: readonly MarkedSession[],
  cause: unknown,
): ArpoEnvError {
  const [other] = sessions;
  const who = other
    ? `another arpo-env tunnel (pid ${other.process.pid} on its own machine; sshd session ${other.pid} there)`
    : (holder.description ?? `a process that ${target.name} does not show to ${target.user}`);
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_PORT_HELD',
      message: `port ${spec.bind}:${spec.port} on ${target.name} is held by ${who}`,
      hint: `see it there: ssh ${target.name} 'ss -tlnp sport = :${spec.port}'; stop it, or choose another port: arpo-env tunnel ${target.name} -R ${spec.port + 1}:…`,
    },
    { cause },
  );
}

function forwardRefused(
  { target }: Connection,
  { bind, port }: Pick<ForwardSpec, 'bind' | 'port'>,
  cause: unknown,
): ArpoEnvError {
  const privileged = port > 0 && port < 1024;
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_FORWARD',
      message: `${target.name} does not let ${target.user} listen on ${bind}:${port}, and nobody else does`,
      hint: privileged
        ? `only root may listen below 1024: choose a higher port, for example -R 15001:…`
        : `its administrator must allow it: AllowTcpForwarding (yes or remote) and PermitListen in sshd_config, and no \`restrict\` or \`permitlisten\` at your key in authorized_keys`,
    },
    { cause },
  );
}

/** $1 is the port. /proc/net/tcp shows every listener's user (field 8) to everybody; ss shows the process to its owner. */
const HOLDER_SCRIPT = `
port=$(printf '%04X' "$1")
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ address _ state _ _ _ uid _; do
  [ "$state" = 0A ] && [ "\${address##*:}" = "$port" ] || continue
  name=$(getent passwd "$uid" 2>/dev/null | cut -d: -f1)
  echo "user \${name:-$uid}"
done
ss -Htlnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\\([^"]*\\)",pid=\\([0-9]*\\).*/process \\2 \\1/p'
`;
