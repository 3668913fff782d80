/**
 * Lets a socket read into one buffer again and again. By itself Node allocates 64 KiB for every read, and reads no more at once:
 * at full speed that is what a tunnel spends most of its time on after the cipher.
 */
import type { OnReadOpts } from 'node:net';

/** Of one read: four packets of SSH for each turn of the event loop. One for each connection that is open. */
const SIZE = 128 * 1024;

/** What becomes of the bytes of one read. */
export interface Taken {
  /** They are still needed, so the next read gets a buffer of its own. */
  isKept: boolean;
  /** No more until the socket's `resume()`. */
  isEnough: boolean;
}

/** For one socket: `onread` is an option of its `connect`. */
export class ReusedReads {
  readonly onread: OnReadOpts;
  #buffer = Buffer.allocUnsafeSlow(SIZE);
  #isKept = false;
  #take: ((chunk: Buffer) => Taken) | undefined;
  /** What came before anybody took it. */
  #early: Buffer | undefined;

  constructor() {
    this.onread = {
      buffer: () => {
        if (this.#isKept) this.#buffer = Buffer.allocUnsafeSlow(SIZE);
        this.#isKept = false;
        return this.#buffer;
      },
      callback: (length, read) => {
        const chunk = Buffer.from(read.buffer, read.byteOffset, length);
        if (!this.#take) {
          this.#early = chunk;
          this.#isKept = true;
          return false;
        }
        const { isKept, isEnough } = this.#take(chunk);
        this.#isKept = isKept;
        return !isEnough;
      },
    };
  }

  /** From now on `take` gets what is read. */
  start(socket: { resume(): void }, take: (chunk: Buffer) => Taken): void {
    this.#take = take;
    const early = this.#early;
    this.#early = undefined;
    if (early && take(early).isEnough) return;
    socket.resume();
  }
}
