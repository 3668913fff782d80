/** Files of unix sockets on the cluster. sshd makes one when it listens and leaves it when it stops (sshd_config(5), StreamLocalBindUnlink). */
import { ChannelRefused, type Connection, type RemoteAddress } from '../../ssh/connection/connection.js';
import { runScript } from '../../ssh/remote-command.js';

const ANSWER_MS = 10_000;

/** Removes a socket at which nobody listens; false when somebody does, when it is not a socket of ours, or may not be removed. */
export async function removeStaleSocketFile(
  connection: Connection,
  address: RemoteAddress,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const channel = await connection.open(address, { signal, timeoutMs: ANSWER_MS });
    channel.on('error', () => {}).resume();
    channel.close();
    return false;
  } catch (error) {
    signal.throwIfAborted();
    connection.ended.throwIfAborted();
    if (!(error instanceof ChannelRefused && error.failure === 'connect-failed')) return false;
    return runRemoval(connection, address, UNLESS_HELD + REMOVE, signal);
  }
}

export function removeSocketFile(
  connection: Connection,
  address: RemoteAddress,
  signal: AbortSignal,
): Promise<boolean> {
  return runRemoval(connection, address, REMOVE, signal);
}

async function runRemoval(
  connection: Connection,
  { bind }: RemoteAddress,
  script: string,
  signal: AbortSignal,
): Promise<boolean> {
  return (await runScript(connection, script, [bind], signal))?.trim() === 'removed';
}

/**
 * sshd says the same of a socket at which nobody listens and of one that it does not let us connect to. Linux lists the
 * sockets that are held (proc(5), /proc/net/unix: the path is the eighth field).
 */
const UNLESS_HELD = `
if [ -r /proc/net/unix ]; then
  while read -r _ _ _ _ _ _ _ path; do
    [ "$path" = "$1" ] && exit
  done </proc/net/unix
fi
`;

const REMOVE = `
if [ -S "$1" ] && [ -O "$1" ]; then rm -f -- "$1" && echo removed; fi
`;
