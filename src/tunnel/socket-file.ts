/** Files of unix sockets on the cluster. sshd makes one when it listens and leaves it when it stops (sshd_config(5), StreamLocalBindUnlink). */
import { ChannelRefused, type Connection, type RemoteAddress } from './connection.js';
import { runScript } from './remote-command.js';

const ANSWER_MS = 10_000;

/** Removes a socket at which nobody listens; false when somebody does, when it is no socket of ours, or may not be removed. */
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
    // Only a refusal to connect proves that nobody is there.
    if (!(error instanceof ChannelRefused && error.failure === 'connect-failed')) return false;
    return removeSocketFile(connection, address, signal);
  }
}

export async function removeSocketFile(
  connection: Connection,
  { bind }: RemoteAddress,
  signal: AbortSignal,
): Promise<boolean> {
  return (await runScript(connection, REMOVE_SCRIPT, [bind], signal))?.trim() === 'removed';
}

const REMOVE_SCRIPT = `
if [ -S "$1" ] && [ -O "$1" ]; then rm -f -- "$1" && echo removed; fi
`;
