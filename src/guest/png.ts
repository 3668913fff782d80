/**
 * PNG of a screen that changes little from one picture to the next. The image is cut into bands, each compressed by
 * itself and kept: a band that is the same as before is not compressed again. Compression runs on libuv's threads.
 */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
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
const EIGHT_BIT_RGB = [8, 2, 0, 0, 0];
const ADLER_MODULUS = 65_521;
/** Sums of this many bytes stay below 2^32 (RFC 1950). */
const ADLER_CHUNK = 5552;

const deflate = promisify(deflateRaw);

export class PngEncoder {
  #pixels: Buffer | null = null;
  #size: Size = { width: 0, height: 0 };
  #bands: Band[] = [];
  #png: Buffer = Buffer.alloc(0);
  /** The last encoding, for better or worse: one at a time uses the bands. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(private readonly order: ChannelOrder) {}

  /** `pixels`: rows from the top, not changed any more by the caller. Alpha is dropped. */
  encode(pixels: Buffer, size: Size): Promise<Buffer> {
    const encoded = this.#busy.then(() => this.#encode(pixels, size));
    this.#busy = encoded.catch(() => {});
    return encoded;
  }

  async #encode(pixels: Buffer, size: Size): Promise<Buffer> {
    const sameSize = size.width === this.#size.width && size.height === this.#size.height;
    const before = sameSize ? this.#pixels : null;
    if (before?.equals(pixels)) return this.#png;
    const bands: (Band | Promise<Band>)[] = [];
    for (let top = 0; top < size.height; top += BAND_ROWS) {
      const rows = Math.min(BAND_ROWS, size.height - top);
      const [start, end] = [top * size.width * 4, (top + rows) * size.width * 4];
      const kept = before?.subarray(start, end).equals(pixels.subarray(start, end))
        ? this.#bands[bands.length]
        : undefined;
      bands.push(kept ?? compressBand(pixels.subarray(start, end), size.width, this.order));
    }
    this.#bands = await Promise.all(bands);
    this.#png = assemble(this.#bands, size);
    this.#pixels = pixels;
    this.#size = { ...size };
    return this.#png;
  }
}

async function compressBand(pixels: Buffer, width: number, order: ChannelOrder): Promise<Band> {
  // The rows of one band take a millisecond: other requests get their turn between two.
  await setImmediate();
  const raw = rgbRows(pixels, width, order);
  const compressed = await deflate(raw, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH });
  return { compressed, adler: adler32(raw), length: raw.length };
}

/** Each row begins with its filter: 0, none. Flat colours and text need no other. */
function rgbRows(pixels: Buffer, width: number, order: ChannelOrder): Buffer {
  const [red, blue] = order === 'rgba' ? [0, 2] : [2, 0];
  const rows = pixels.length / (width * 4);
  const raw = Buffer.allocUnsafe(rows * (1 + width * 3));
  let to = 0;
  for (let from = 0; from < pixels.length; from += 4) {
    if (from % (width * 4) === 0) raw[to++] = 0;
    raw[to++] = pixels[from + red] ?? 0;
    raw[to++] = pixels[from + 1] ?? 0;
    raw[to++] = pixels[from + blue] ?? 0;
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

/** RFC 1950: the checksum of a zlib stream. */
function adler32(data: Buffer): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < data.length; start += ADLER_CHUNK) {
    const end = Math.min(data.length, start + ADLER_CHUNK);
    for (let index = start; index < end; index += 1) {
      a += data[index] ?? 0;
      b += a;
    }
    a %= ADLER_MODULUS;
    b %= ADLER_MODULUS;
  }
  return b * 65_536 + a;
}

/** The checksum of two pieces one after the other, from those of the pieces. */
function combineAdler(first: number, second: { adler: number; length: number }): number {
  const [a1, b1] = [first % 65_536, Math.floor(first / 65_536)];
  const [a2, b2] = [second.adler % 65_536, Math.floor(second.adler / 65_536)];
  const a = (a1 + a2 - 1 + ADLER_MODULUS) % ADLER_MODULUS;
  const b = (b1 + b2 + (second.length % ADLER_MODULUS) * (a1 - 1 + ADLER_MODULUS)) % ADLER_MODULUS;
  return b * 65_536 + a;
}
