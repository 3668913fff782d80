/** Who holds an address on the cluster that the server did not give us: as far as the cluster shows it. */
import { ArpoEnvError } from '../../errors.js';
import { shellLine } from '../../shell-words.js';
import {
  addressName,
  ChannelRefused,
  type Connection,
  isUnixSocket,
  type RemoteAddress,
  reachable,
} from '../../ssh/connection/connection.js';
import { pastedSsh, pastedTunnel } from '../../ssh/host/command-line.js';
import { runScript } from '../../ssh/remote-command.js';
import type { MarkedSession } from './session-marker.js';

const ANSWER_MS = 10_000;

/** E_TUNNEL_PORT_HELD with the holder; or E_TUNNEL_FORWARD when nobody holds it, and so the server does not allow it. */
export async function explainRefusal(
  connection: Connection,
  listener: RemoteAddress,
  sessions: readonly MarkedSession[],
  signal: AbortSignal,
  cause: unknown,
): Promise<ArpoEnvError> {
  const holder = await findHolder(connection, listener, signal);
  return holder.listening || sessions.length > 0
    ? portHeld(connection, listener, holder, sessions, cause)
    : forwardRefused(connection, listener, cause);
}

/** `*:15001` overlaps with `127.0.0.1:15001`, and under `GatewayPorts yes` every address with every other. */
export function ownPort(
  { target }: Connection,
  listener: RemoteAddress,
  beside: RemoteAddress,
  cause: unknown,
): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_FORWARD',
      message: `${target.name} listens on ${addressName(beside)} for this tunnel, and refuses ${addressName(listener)} beside it`,
      fix: `leave one of the two out, or give it a port of its own: -R ${addressName({ bind: listener.bind, port: listener.port + 1 })}:…`,
    },
    { cause },
  );
}

interface Holder {
  listening: boolean;
  /** `python3 train.py (pid 4242, user deploy)`, as far as the cluster shows it. */
  description: string | null;
}

async function findHolder(
  connection: Connection,
  listener: RemoteAddress,
  signal: AbortSignal,
): Promise<Holder> {
  if (isUnixSocket(listener)) return socketHolder(connection, listener, signal);
  const output = (await runScript(connection, HOLDER_SCRIPT, [listener.port], signal)) ?? '';
  const [, user] = /^user (\S+)$/m.exec(output) ?? [];
  const [, pid] = /^pid (\d+)$/m.exec(output) ?? [];
  const [, command] = /^command (.+)$/m.exec(output) ?? [];
  const details = [pid && `pid ${pid}`, user && `user ${user}`].filter(Boolean).join(', ');
  const description = details === '' ? null : `${command?.trim() ?? 'a process'} (${details})`;
  return { listening: user !== undefined || (await accepts(connection, listener, signal)), description };
}

async function socketHolder(
  connection: Connection,
  listener: RemoteAddress,
  signal: AbortSignal,
): Promise<Holder> {
  const output = (await runScript(connection, FILE_SCRIPT, [listener.bind], signal))?.trim() ?? '';
  return { listening: output !== '', description: output === '' ? null : `the file ${output}` };
}

async function accepts(
  connection: Connection,
  { bind, port }: RemoteAddress,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const channel = await connection.open({ bind: reachable(bind), port }, { signal, timeoutMs: ANSWER_MS });
    channel.on('error', () => {}).resume();
    channel.close();
    return true;
  } catch (error) {
    if (error instanceof ChannelRefused) return false;
    throw error;
  }
}

function portHeld(
  { target }: Connection,
  listener: RemoteAddress,
  holder: Holder,
  [other]: readonly MarkedSession[],
  cause: unknown,
): ArpoEnvError {
  const who = other
    ? `another arpo-env tunnel (pid ${other.process.pid} on its own machine; sshd session ${other.pid} there)`
    : (holder.description ?? `a process that ${target.name} does not show to ${target.user}`);
  const what = isUnixSocket(listener) ? '' : 'port ';
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_PORT_HELD',
      message: `${what}${addressName(listener)} on ${target.name} is held by ${who}`,
      fix: isUnixSocket(listener)
        ? `see it there: ${pastedSsh(target.destination, [shellLine(['ls', '-l', listener.bind])])}; remove it, or choose another path`
        : `see it there: ${pastedSsh(target.destination, [`ss -tlnp sport = :${listener.port}`])}; stop it, or choose another port: ${pastedTunnel(target.destination)} -R ${listener.port + 1}:…`,
    },
    { cause },
  );
}

function forwardRefused({ target }: Connection, listener: RemoteAddress, cause: unknown): ArpoEnvError {
  const { port } = listener;
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_FORWARD',
      message: `${target.name} does not let ${target.user} listen on ${addressName(listener)}, and nobody else does`,
      fix: forwardFix(listener, port > 0 && port < 1024),
    },
    { cause },
  );
}

function forwardFix(listener: RemoteAddress, privileged: boolean): string {
  if (isUnixSocket(listener))
    return 'choose a path whose folder exists and is writable there; AllowStreamLocalForwarding in sshd_config must be yes or remote';
  if (privileged) return 'only root may listen below 1024: choose a higher port, for example -R 15001:…';
  return 'its administrator must allow it: AllowTcpForwarding (yes or remote) and PermitListen in sshd_config, and no `restrict` or `permitlisten` at your key in authorized_keys; where your password has expired, log in once and change it';
}

/**
 * $1 is the port. /proc/net/tcp shows every listener's user (field 8) and inode (field 10) to everybody; which process
 * has that inode open, and its command line, is shown to its owner and to root.
 */
const HOLDER_SCRIPT = `
port=$(printf '%04X' "$1")
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ address _ state _ _ _ uid _ inode _; do
  [ "$state" = 0A ] && [ "\${address##*:}" = "$port" ] || continue
  name=$(getent passwd "$uid" 2>/dev/null | cut -d: -f1)
  echo "user \${name:-$uid}"
  for fd in $(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2>/dev/null | head -n 1); do
    pid=\${fd#/proc/}
    pid=\${pid%%/*}
    echo "pid $pid"
    echo "command $(tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-120)"
  done
done
`;

/** $1 is a path: kind, owner and mode of the file there, or nothing. */
const FILE_SCRIPT = `
ls -ld -- "$1" 2>/dev/null
`;
