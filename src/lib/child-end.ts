/** The end of a child process, as words. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from './errno.js';

/** Resolves with how it ended, e.g. `with exit code 1` or `by SIGKILL`. Never rejects. */
export async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? `with exit code ${code}` : `by ${signal}`;
  } catch (error) {
    return messageOf(error);
  }
}
