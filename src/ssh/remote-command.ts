/** Small shell scripts on the cluster, for what only the cluster's side can see. */
import { randomBytes } from 'node:crypto';
import { readText } from '../lib/read-text.js';
import { singleQuoted } from '../shell-words.js';
import { runCommand } from './command-sessions.js';
import { ChannelRefused, type Connection } from './connection/connection.js';

const TIMEOUT_MS = 5000;
/** Far more than any script of ours says. */
const MOST_OUTPUT = 2 ** 20;

/**
 * Runs a POSIX shell script with `args` as $1, $2 … and returns its output, cut off at the time limit or after a million characters; or null when the
 * account may not run commands, or runs another one (`command="…"`). What a start-up file prints is not part of it. All goes over stdin: it does not matter which login shell reads the command line, and
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
    const channel = await runCommand(connection, 'exec sh -s', { signal, timeoutMs });
    try {
      channel.on('error', () => {}).stderr.resume();
      const mark = randomBytes(8).toString('hex');
      channel.end(marking(script, args, mark));
      // Not until the channel has closed: sshd keeps it for as long as a `command="…"` of the account's runs.
      const signals = [signal, connection.ended];
      return marked(await readText(channel, { signals, timeoutMs, most: MOST_OUTPUT }), mark);
    } finally {
      channel.resume().close(); // unread, the rest would hold its end back
    }
  } catch (error) {
    if (error instanceof ChannelRefused) return null;
    throw error;
  }
}

/**
 * The script, each line of its output behind a mark, and one line more at the start. The mark is put together there, so that a
 * command that only repeats its input does not say it. TMOUT, which administrators set against forgotten shells, would end
 * the `read` of a bash.
 */
function marking(script: string, args: readonly (string | number)[], mark: string): string {
  return `unset TMOUT
set -- ${args.map((arg) => singleQuoted(String(arg))).join(' ')}
mark=${mark.slice(0, 8)}
mark=\${mark}${mark.slice(8)}
printf '\\n%s \\n' "$mark"
{
${script}
} | while IFS= read -r line || [ -n "$line" ]; do printf '%s %s\\n' "$mark" "$line"; done
`;
}

/** Null when not even the first line came. */
function marked(output: string, mark: string): string | null {
  const [first, ...lines] = output.split('\n').flatMap((line) => {
    const at = line.indexOf(`${mark} `);
    return at < 0 ? [] : [line.slice(at + mark.length + 1)];
  });
  return first === undefined ? null : lines.join('\n');
}
