/** How large the picture in an image file is, from its first bytes: a few of them can claim gigabytes of pixels. */
import type { Size } from './machine.js';

const SIGNATURES: readonly (readonly [signature: Buffer, read: (file: Buffer) => Size | null])[] = [
  [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), png],
  [Buffer.from('\xff\xd8\xff', 'latin1'), jpeg],
  [Buffer.from('GIF8'), gif],
  [Buffer.from('BM'), bmp],
  [Buffer.from('RIFF'), webp],
];

/** Null for what is not an image of a kind that desktops show: PNG, JPEG, GIF, BMP or WebP. */
export function imageSize(file: Buffer): Size | null {
  const kind = SIGNATURES.find(([signature]) => file.subarray(0, signature.length).equals(signature));
  try {
    return kind?.[1](file) ?? null;
  } catch (error) {
    // It ends in the middle of what it begins with.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function png(file: Buffer): Size {
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

function gif(file: Buffer): Size {
  return { width: file.readUInt16LE(6), height: file.readUInt16LE(8) };
}

/** A negative height means rows from the top. */
function bmp(file: Buffer): Size {
  return { width: Math.abs(file.readInt32LE(18)), height: Math.abs(file.readInt32LE(22)) };
}

/** In the first frame header: SOF0 to SOF15 without the tables among them (ITU T.81, table B.1). */
function jpeg(file: Buffer): Size | null {
  for (let at = 2; at < file.length; ) {
    if (file.readUInt8(at) !== 0xff) return null;
    const marker = file.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
    // Fill bytes may stand before a marker.
    at += marker === 0xff ? 1 : 2 + file.readUInt16BE(at + 2);
  }
  return null;
}

/** Of the simple, the lossless and the extended format (RFC 9649). */
function webp(file: Buffer): Size | null {
  const chunk = file.toString('latin1', 8, 16);
  if (chunk === 'WEBPVP8 ') {
    return { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff };
  }
  if (chunk === 'WEBPVP8L') {
    const bits = file.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk === 'WEBPVP8X') return { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1 };
  return null;
}
