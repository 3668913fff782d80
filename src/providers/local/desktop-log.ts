/** A desktop's log: what its agent writes on stderr. What runs in a desktop can make it write, so it is bounded in size and in pace. */
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readTail } from '../../runs/log-file.js';

/** The last lines of the log in `path`. Throws the system's error. */
export async function logTail(path: string, count: number): Promise<string> {
  return (await readTail(path, count)).lines.join('\n');
}

const LIMIT_BYTES = 8 * 1024 ** 2;
/** Whoever writes faster waits. */
const BYTES_PER_MS = 4096;

export class DesktopLog implements AsyncDisposable {
  readonly #file: FileHandle;
  #size = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Readable for this user alone. Throws the system's error. */
  static async open(path: string): Promise<DesktopLog> {
    return new DesktopLog(await open(path, 'a', 0o600));
  }

  /** Beyond the limit the file begins anew: the last lines are those that tell why a desktop ended. Resolves when it is time for more; never rejects. */
  async write(bytes: Buffer): Promise<void> {
    this.#size += bytes.length;
    try {
      if (this.#size > LIMIT_BYTES) {
        this.#size = bytes.length;
        await this.#file.truncate(0);
      }
      await this.#file.write(bytes);
    } catch {
      // A log that cannot be written (a full disk, a folder that is gone) is no reason to stop the desktop.
    }
    if (bytes.length >= BYTES_PER_MS) await delay(bytes.length / BYTES_PER_MS, undefined, { ref: false });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }
}
