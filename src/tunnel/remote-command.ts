/** Small shell scripts on the cluster, for what only the cluster's side can see. */
import { text } from 'node:stream/consumers';
import { ChannelRefused, openCommand } from './channels.js';
import type { Connection } from './connect.js';

const TIMEOUT_MS = 5000;

/**
 * Runs a POSIX shell script and returns its output, or null when the account may not run commands. The script goes over
 * stdin, so that it does not matter which login shell reads the command line. `args` are numbers: nothing to quote.
 */
export async function runScript(
  connection: Connection,
  script: string,
  args: readonly number[],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const channel = await openCommand(connection, `exec sh -s ${args.join(' ')}`, {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    const timer = setTimeout(() => channel.close(), TIMEOUT_MS);
    try {
      channel.stderr.resume();
      channel.end(script);
      return await text(channel);
    } finally {
      clearTimeout(timer);
      channel.close();
    }
  } catch (error) {
    if (error instanceof ChannelRefused) return null;
    throw error;
  }
}
