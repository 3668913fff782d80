/** Small shell scripts on the cluster, for what only the cluster's side can see. */
import { text } from 'node:stream/consumers';
import { onAbort } from '../lib/wait.js';
import { singleQuoted } from '../shell-words.js';
import { ChannelRefused, type Connection } from './connection/connection.js';

const TIMEOUT_MS = 5000;

/**
 * Runs a POSIX shell script with `args` as $1, $2 … and returns its output, cut off at the time limit; or null when the
 * account may not run commands. All goes over stdin: it does not matter which login shell reads the command line, and
 * nobody on the cluster sees it in the process table.
 */
export async function runScript(
  connection: Connection,
  script: string,
  args: readonly (string | number)[],
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<string | null> {
  try {
    const channel = await connection.run('exec sh -s', { signal, timeoutMs });
    const close = () => channel.close();
    const timer = setTimeout(close, timeoutMs);
    using _listener = onAbort(signal, close);
    try {
      channel.stderr.resume();
      channel.end(`set -- ${args.map((arg) => singleQuoted(String(arg))).join(' ')}\n${script}`);
      const output = await text(channel);
      signal.throwIfAborted();
      return output;
    } finally {
      clearTimeout(timer);
      close();
    }
  } catch (error) {
    if (error instanceof ChannelRefused) return null;
    throw error;
  }
}
