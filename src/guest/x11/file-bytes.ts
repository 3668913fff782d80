/** A range of an open file as a stream that ends with it: not before, as where a file is cut meanwhile, and not after. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ByteRange, GuestError } from '../machine.js';

const CHUNK_BYTES = 256 * 1024;

/** Closes the file with itself. */
export class FileBytes extends Readable {
  readonly #handle: FileHandle;
  readonly #end: number;
  #at: number;

  constructor(handle: FileHandle, { start, end }: ByteRange) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#handle = handle;
    this.#at = start;
    this.#end = end;
  }

  override _read(): void {
    const length = Math.min(CHUNK_BYTES, this.#end - this.#at);
    if (length <= 0) {
      this.push(null);
      return;
    }
    this.#handle.read(Buffer.allocUnsafeSlow(length), 0, length, this.#at).then(
      ({ bytesRead, buffer }) => {
        this.#at += bytesRead;
        if (bytesRead > 0) this.push(buffer.subarray(0, bytesRead));
        else this.destroy(new GuestError('the file has become shorter'));
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#handle.close().then(
      () => done(error),
      (problem: Error) => done(error ?? problem),
    );
  }
}
