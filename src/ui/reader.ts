/** Whether anybody still reads what this process prints. */
import { fstatSync } from 'node:fs';
import { errno } from '../lib/errno.js';

/**
 * Aborts at the first line that finds the other end of the pipe closed, as after `| head -1`. Not for the journal, whose socket
 * systemd keeps over a restart (systemd.exec(5), JOURNAL_STREAM).
 */
export function readerGone(output: NodeJS.WriteStream & { fd: number }): AbortSignal {
  const gone = new AbortController();
  const { dev, ino } = fstatSync(output.fd);
  if (process.env.JOURNAL_STREAM !== `${dev}:${ino}`)
    output.on('error', (error) => {
      if (errno(error) === 'EPIPE') gone.abort();
    });
  return gone.signal;
}
