/** The screen's pixels out of Xvfb's `-fbdir` file: an X window dump (XWDFile.h) that the server draws into. */
import { type FileHandle, open } from 'node:fs/promises';
import { GuestError, type Size } from '../../machine.js';

/** Places of the header's fields, each 32 bits, big endian. */
const HEADER_SIZE = 0;
const PIXMAP_HEIGHT = 20;
const BITS_PER_PIXEL = 44;
const BYTES_PER_LINE = 48;
const COLOUR_COUNT = 76;
const HEADER_BYTES = 100;
const COLOUR_BYTES = 12;

export class Framebuffer implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #offset: number;
  readonly #stride: number;
  readonly #rows: number;

  private constructor(file: FileHandle, offset: number, stride: number, rows: number) {
    this.#file = file;
    this.#offset = offset;
    this.#stride = stride;
    this.#rows = rows;
  }

  static async open(path: string): Promise<Framebuffer> {
    const file = await open(path);
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      await file.read(header, 0, HEADER_BYTES, 0);
      if (header.readUInt32BE(BITS_PER_PIXEL) !== 32)
        throw new GuestError(`${path} has not 32 bits per pixel`);
      const offset = header.readUInt32BE(HEADER_SIZE) + header.readUInt32BE(COLOUR_COUNT) * COLOUR_BYTES;
      return new Framebuffer(
        file,
        offset,
        header.readUInt32BE(BYTES_PER_LINE),
        header.readUInt32BE(PIXMAP_HEIGHT),
      );
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * BGRX, rows from the top, in the beginning of `into`, which has `bytes`. A screen smaller than the one that the server
   * began with is its upper left part.
   */
  async read({ width, height }: Size, into: Buffer): Promise<void> {
    const lines = into.subarray(0, this.#stride * height);
    const { bytesRead } = await this.#file.read(lines, 0, lines.length, this.#offset);
    if (bytesRead !== lines.length) throw new GuestError(`the framebuffer ends after ${bytesRead} bytes`);
    const row = width * 4;
    if (row === this.#stride) return;
    for (let y = 1; y < height; y += 1) lines.copyWithin(y * row, y * this.#stride, y * this.#stride + row);
  }

  /** Of the whole screen that the server began with. */
  get bytes(): number {
    return this.#stride * this.#rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
