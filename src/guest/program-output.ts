/** Output of programs as Python's `subprocess` gives it with `text=True`: UTF-8, or an error that says where it is not. */
import { GuestError } from './machine.js';

export function decodeOutput(output: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output).replace(/\r\n?/g, '\n');
  } catch {
    const { position, length, reason } = firstProblem(output);
    const byte = (output[position] ?? 0).toString(16).padStart(2, '0');
    const where =
      length === 1
        ? `byte 0x${byte} in position ${position}`
        : `bytes in position ${position}-${position + length - 1}`;
    throw new GuestError(`'utf-8' codec can't decode ${where}: ${reason}`);
  }
}

interface Problem {
  position: number;
  /** Bytes of the broken character up to where it breaks. */
  length: number;
  reason: string;
}

function firstProblem(bytes: Buffer): Problem {
  for (let position = 0; position < bytes.length; ) {
    const expected = sequenceLength(bytes, position);
    if (expected === 0) return { position, length: 1, reason: 'invalid start byte' };
    for (let length = 1; length < expected; length += 1) {
      if (position + length >= bytes.length) return { position, length, reason: 'unexpected end of data' };
      if (!isContinuation(bytes, position, length))
        return { position, length, reason: 'invalid continuation byte' };
    }
    position += expected;
  }
  throw new Error('the decoder and this function disagree about UTF-8');
}

/** 0 for a byte that begins no character. */
function sequenceLength(bytes: Buffer, position: number): number {
  const first = bytes[position] ?? 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** The second byte is bounded further, against surrogates, overlong forms and values above U+10FFFF. */
function isContinuation(bytes: Buffer, position: number, offset: number): boolean {
  const first = bytes[position] ?? 0;
  const byte = bytes[position + offset] ?? 0;
  if (byte < 0x80 || byte > 0xbf) return false;
  if (offset > 1) return true;
  if (first === 0xe0) return byte >= 0xa0;
  if (first === 0xed) return byte <= 0x9f;
  if (first === 0xf0) return byte >= 0x90;
  return first !== 0xf4 || byte <= 0x8f;
}
