/**
 * PNG of a screen that changes little from one picture to the next. The image is cut into bands, each compressed by
 * itself and kept: a band that is the same as before is not compressed again. Compression runs on libuv's threads.
 */
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { constants, crc32, createDeflate } from 'node:zlib';
import type { Size } from './machine.js';

/** Four bytes a pixel: a canvas has RGBA, an X screen has BGRX. */
export type ChannelOrder = 'rgba' | 'bgrx';

interface Band {
  /** Deflate blocks that end at a byte boundary, so that bands can be strung together. */
  compressed: Buffer;
  adler: number;
  /** Bytes before compression. */
  length: number;
}

const BAND_ROWS = 40;
/** Of deflate: 6 takes twice the time for a sixth less. */
const LEVEL = 3;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
const FINAL_EMPTY_BLOCK = Buffer.from([0x03, 0x00]);
/** The final empty block and the checksum, which end every zlib stream that was flushed before (RFC 1950, 1951). */
const STREAM_END_BYTES = FINAL_EMPTY_BLOCK.length + 4;
const CHUNK_BYTES = 65_536;
/** libuv's, by default. */
const THREADS = 4;
const EIGHT_BIT_RGB = [8, 2, 0, 0, 0];
const ADLER_MODULUS = 65_521;

export class PngEncoder {
  #pixels: Buffer | null = null;
  #size: Size = { width: 0, height: 0 };
  #bands: Band[] = [];
  #png: Buffer = Buffer.alloc(0);
  /** The last encoding, for better or worse: one at a time uses the bands. */
  #busy: Promise<unknown> = Promise.resolve();

  readonly #order: ChannelOrder;

  constructor(order: ChannelOrder) {
    this.#order = order;
  }

  /** Whether the next picture will be compared with pixels in this memory. */
  holds({ buffer }: Buffer): boolean {
    return this.#pixels?.buffer === buffer;
  }

  /** `pixels`: rows from the top, not changed any more by the caller as long as it `holds` them. Alpha is dropped. */
  encode(pixels: Buffer, size: Size): Promise<Buffer> {
    const encoded = this.#busy.then(() => this.#encode(pixels, size));
    this.#busy = encoded.catch(() => {});
    return encoded;
  }

  async #encode(pixels: Buffer, size: Size): Promise<Buffer> {
    const sameSize = size.width === this.#size.width && size.height === this.#size.height;
    const before = sameSize ? this.#pixels : null;
    if (before?.equals(pixels)) return this.#png;
    const kept = this.#bands;
    this.#bands = await mapBands(size, (index, start, end, scratch) => {
      const same = before?.subarray(start, end).equals(pixels.subarray(start, end)) ? kept[index] : undefined;
      return same ?? compressBand(pixels.subarray(start, end), size.width, this.#order, scratch);
    });
    this.#png = assemble(this.#bands, size);
    this.#pixels = pixels;
    this.#size = { ...size };
    return this.#png;
  }
}

/** As many at a time as there are threads to compress them, each with memory for one band's rows. */
async function mapBands(
  { width, height }: Size,
  make: (index: number, start: number, end: number, scratch: Buffer) => Band | Promise<Band>,
): Promise<Band[]> {
  const bands: Band[] = [];
  const count = Math.ceil(height / BAND_ROWS);
  let next = 0;
  const work = async () => {
    const scratch = Buffer.allocUnsafeSlow(BAND_ROWS * (1 + width * 3));
    while (next < count) {
      const index = next++;
      const [top, bottom] = [index * BAND_ROWS, Math.min(height, (index + 1) * BAND_ROWS)];
      bands[index] = await make(index, top * width * 4, bottom * width * 4, scratch);
    }
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return bands;
}

async function compressBand(
  pixels: Buffer,
  width: number,
  order: ChannelOrder,
  scratch: Buffer,
): Promise<Band> {
  // The rows of one band take a fraction of a millisecond: other requests get their turn between two.
  await setImmediate();
  const raw = rgbRows(pixels, width, order, scratch);
  const stream = createDeflate({ level: LEVEL, chunkSize: CHUNK_BYTES, flush: constants.Z_FULL_FLUSH });
  // The end comes after the flush, so that all it adds is what STREAM_END_BYTES counts.
  stream.write(raw, () => stream.end());
  const compressed = await buffer(stream);
  return {
    compressed: compressed.subarray(ZLIB_HEADER.length, -STREAM_END_BYTES),
    adler: compressed.readUInt32BE(compressed.length - 4),
    length: raw.length,
  };
}

/**
 * Each row begins with its filter: 0, none. Flat colours and text need no other. Four pixels at a time become three
 * words: seven times as fast as byte by byte.
 */
function rgbRows(pixels: Buffer, width: number, order: ChannelOrder, into: Buffer): Buffer {
  const [red, blue] = order === 'rgba' ? [0, 16] : [16, 0];
  const stride = 1 + width * 3;
  const rows = pixels.length / (width * 4);
  const raw = into.subarray(0, rows * stride);
  const aligned = pixels.byteOffset % 4 === 0 ? pixels : new Uint8Array(pixels);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, rows * width);
  const row = new Uint32Array(Math.ceil(width / 4) * 3);
  const bytes = new Uint8Array(row.buffer, 0, width * 3);
  for (let y = 0; y < rows; y += 1) {
    for (let from = y * width, to = 0; to < row.length; from += 4, to += 3) {
      const [a, b, c, d] = [
        words[from] ?? 0,
        words[from + 1] ?? 0,
        words[from + 2] ?? 0,
        words[from + 3] ?? 0,
      ];
      row[to] =
        ((a >>> red) & 255) | (a & 0xff00) | (((a >>> blue) & 255) << 16) | (((b >>> red) & 255) << 24);
      row[to + 1] =
        ((b >>> 8) & 255) |
        (((b >>> blue) & 255) << 8) |
        (((c >>> red) & 255) << 16) |
        (((c >>> 8) & 255) << 24);
      row[to + 2] =
        ((c >>> blue) & 255) |
        (((d >>> red) & 255) << 8) |
        ((d & 0xff00) << 8) |
        (((d >>> blue) & 255) << 24);
    }
    raw[y * stride] = 0;
    raw.set(bytes, y * stride + 1);
  }
  return raw;
}

function assemble(bands: readonly Band[], { width, height }: Size): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(EIGHT_BIT_RGB, 8);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(bands.reduce((adler, band) => combineAdler(adler, band), 1));
  const data = [ZLIB_HEADER, ...bands.map((band) => band.compressed), FINAL_EMPTY_BLOCK, checksum];
  return Buffer.concat([SIGNATURE, chunk('IHDR', [header]), chunk('IDAT', data), chunk('IEND', [])]);
}

function chunk(type: string, data: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(type), ...data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** The checksum of two pieces one after the other, from those of the pieces. */
function combineAdler(first: number, second: { adler: number; length: number }): number {
  const [a1, b1] = [first % 65_536, Math.floor(first / 65_536)];
  const [a2, b2] = [second.adler % 65_536, Math.floor(second.adler / 65_536)];
  const a = (a1 + a2 - 1 + ADLER_MODULUS) % ADLER_MODULUS;
  const b = (b1 + b2 + (second.length % ADLER_MODULUS) * (a1 - 1 + ADLER_MODULUS)) % ADLER_MODULUS;
  return b * 65_536 + a;
}
