/**
 * How a session of ours is recognized from another connection, even after it died without the server noticing: it runs one
 * idle shell whose arguments say whose it is. Its parent is the sshd process that holds the forwarded port, and that
 * process belongs to the login user, who may end it: nothing on the cluster is needed but a shell and /proc.
 * Besides, sshd sets TCP_NODELAY only for a connection that has a session; without one small requests wait for Nagle.
 */
import type { ProcessIdentity } from '../../host/process.js';
import { keepCommand } from '../../ssh/command-sessions.js';
import { addressName, type Connection, type RemoteAddress } from '../../ssh/connection/connection.js';
import { runScript } from '../../ssh/remote-command.js';

export interface SessionOwner {
  /** The machine: sessions of an earlier run may be its own dead ones. Letters, digits and dashes. */
  machine: string;
  /** This tunnel: its sessions other than the current one are dead for sure. */
  run: string;
  /** The process that runs the tunnel, on its own machine. */
  process: ProcessIdentity;
}

export interface MarkedSession extends SessionOwner {
  /** The sshd process of the session, on the cluster. */
  pid: number;
  /** The shell that marks it. */
  marker: number;
  /** What it listens on: `bind:port`, or the path of a unix socket. */
  listeners: string[];
}

const MARKER = 'arpo-env-tunnel';
const OPEN_MS = 5000;

/** Best effort: where an account may not run commands, only the freeing of a dead session's port is lost. */
export function markSession(
  connection: Connection,
  owner: SessionOwner,
  forwards: readonly RemoteAddress[],
  signal: AbortSignal,
): void {
  const startTime = Buffer.from(owner.process.startTime).toString('base64url');
  const runner = `${owner.process.pid}:${startTime}`;
  const words = [MARKER, owner.machine, owner.run, runner, forwards.map(listenerWord).join(',')];
  // Only builtins: a shell that replaced itself by a command would lose its arguments. It ends with its stdin, and not when
  // TMOUT is over, as bash would.
  const command = `exec sh -c 'unset TMOUT; while read -r _; do :; done' ${words.join(' ')}`;
  keepCommand(connection, command, { signal, timeoutMs: OPEN_MS });
}

/** Sessions of this account that bear a marker for the port, or null when the cluster does not let us look. */
export async function findSessions(
  connection: Connection,
  forward: RemoteAddress,
  signal: AbortSignal,
): Promise<MarkedSession[] | null> {
  const output = await runScript(connection, LIST_SCRIPT, [], signal);
  return (
    output
      ?.split('\n')
      .flatMap(parseSession)
      .filter(({ listeners }) => wordsOf(forward).some((word) => listeners.includes(word))) ?? null
  );
}

/** Ends the session's sshd process and its marker; stopped ones too, which would not see that the other is gone. */
export async function endSession(
  connection: Connection,
  { pid, marker }: MarkedSession,
  signal: AbortSignal,
): Promise<void> {
  await runScript(connection, KILL_SCRIPT, [pid, marker], signal);
}

/** A session that asked for the one may have got the other (claim-port.ts). */
function wordsOf({ bind, port }: RemoteAddress): string[] {
  const binds = bind === '127.0.0.1' ? [bind, 'localhost'] : [bind];
  return binds.map((one) => listenerWord({ bind: one, port }));
}

/** `127.0.0.1:15001`; what a shell could take for its own is written as %XX, whatever the path of a unix socket holds. */
function listenerWord(listener: RemoteAddress): string {
  return [...Buffer.from(addressName(listener))]
    .map((byte) =>
      String.fromCharCode(byte).replace(/[^\w.:/-]/, () => `%${byte.toString(16).padStart(2, '0')}`),
    )
    .join('');
}

function parseSession(line: string): MarkedSession[] {
  // OpenSSH 9.8 and later call the process of a session `sshd-session`.
  const match = /^session (\d+) (\d+) sshd\S* .* arpo-env-tunnel (\S+) (\S+) (\d+):(\S*) (\S+) *$/.exec(line);
  const [, session, marker, machine, run, pid, startTime = '', ports] = match ?? [];
  if (!session || !marker || !machine || !run || !pid || !ports) return [];
  const runner = { pid: Number(pid), startTime: Buffer.from(startTime, 'base64url').toString() };
  const listeners = ports.split(',');
  return [{ pid: Number(session), marker: Number(marker), machine, run, process: runner, listeners }];
}

/** The bracket keeps grep's own command line from matching; sessions of other accounts are theirs. */
const LIST_SCRIPT = `
for file in $(grep -la '[a]rpo-env-tunnel' /proc/[0-9]*/cmdline 2>/dev/null); do
  [ -O "$file" ] || continue
  marker=\${file%/cmdline}
  parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$marker/status" 2>/dev/null)
  echo "session $parent \${marker#/proc/} $(cat "/proc/$parent/comm" 2>/dev/null) $(tr '\\0' ' ' <"$file" 2>/dev/null)"
done
`;

const KILL_SCRIPT = `
case "$(cat "/proc/$1/comm" 2>/dev/null)" in sshd*) kill -9 "$1" "$2" ;; esac
`;
