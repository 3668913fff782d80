/** The central directory of a zip archive: what is in it, and where. */
import { PythonError } from '../../python/errors.js';
import { decode } from '../../python/text.js';

export interface ZipEntry {
  name: string;
  rawName: Buffer;
  flags: number;
  method: number;
  checksum: number;
  packedSize: number;
  size: number;
  /** Of the local header. */
  offset: number;
  /** Where the next entry begins, or the directory. */
  end: number;
}

const END = 'PK\x05\x06';
const END_BYTES = 22;
const END_64 = 'PK\x06\x06';
const END_64_BYTES = 56;
const LOCATOR_64 = 'PK\x06\x07';
const LOCATOR_64_BYTES = 20;
const ENTRY = 'PK\x01\x02';
const ENTRY_BYTES = 46;
const MAX_COMMENT_BYTES = 1 << 16;
const UTF_8_NAME = 1 << 11;
const NEWEST_VERSION = 63;
const UNKNOWN_SIZE = 0xffff_ffff;

/** The upper half of the code page that names are in when they are not in UTF-8. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Entries by name, of several of one name the last. Throws BadZipFile. */
export function readDirectory(bytes: Buffer): Map<string, ZipEntry> {
  const { at, size, offset } = findDirectory(bytes);
  // An archive may follow something else, and its offsets don't count that.
  const before = at - size - offset;
  if (at - size < 0) throw bad('Bad offset for central directory');
  const directory = bytes.subarray(at - size, at);
  const entries: ZipEntry[] = [];
  for (let start = 0; start < size; ) {
    const header = directory.subarray(start, start + ENTRY_BYTES);
    if (header.length < ENTRY_BYTES) throw bad('Truncated central directory');
    if (header.toString('latin1', 0, 4) !== ENTRY) throw bad('Bad magic number for central directory');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => header.readUInt16LE(field));
    const nameEnd = start + ENTRY_BYTES + (nameBytes ?? 0);
    const extraEnd = nameEnd + (extraBytes ?? 0);
    const rawName = directory.subarray(start + ENTRY_BYTES, nameEnd);
    entries.push(readEntry(header, rawName, directory.subarray(nameEnd, extraEnd), before));
    start = extraEnd + (commentBytes ?? 0);
  }
  let end = at - size;
  for (const entry of entries.toSorted((first, second) => second.offset - first.offset)) {
    entry.end = end;
    end = entry.offset;
  }
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function readEntry(header: Buffer, rawName: Buffer, extra: Buffer, before: number): ZipEntry {
  const flags = header.readUInt16LE(8);
  const text =
    flags & UTF_8_NAME ? decode(rawName) : rawName.toString('latin1').replace(/[\x80-\xff]/g, fromCp437);
  if (header.readUInt8(6) > NEWEST_VERSION) throw new PythonError('NotImplementedError', 'zip file version');
  const sizes = [header.readUInt32LE(24), header.readUInt32LE(20), header.readUInt32LE(42)];
  const [size = 0, packedSize = 0, offset = 0] = withZip64(sizes, extra);
  return {
    // A NUL ends a name.
    name: text.split('\0', 1)[0] ?? '',
    rawName,
    flags,
    method: header.readUInt16LE(10),
    checksum: header.readUInt32LE(16),
    packedSize,
    size,
    offset: offset + before,
    end: 0,
  };
}

/** Sizes that need 64 bits stand in an extra field, in order, those that don't left out. */
function withZip64(sizes: readonly number[], extra: Buffer): number[] {
  const found = [...sizes];
  for (let rest = extra; rest.length >= 4; ) {
    const end = 4 + rest.readUInt16LE(2);
    if (end > rest.length) throw bad('Corrupt extra field');
    if (rest.readUInt16LE(0) === 1) {
      let at = 4;
      for (const [index, size] of found.entries()) {
        if (size !== UNKNOWN_SIZE) continue;
        if (at + 8 > end) throw bad('Corrupt zip64 extra field');
        found[index] = Number(rest.readBigUInt64LE(at));
        at += 8;
      }
    }
    rest = rest.subarray(end);
  }
  return found;
}

/** Where the directory ends, and its size and offset as they are said there. */
function findDirectory(bytes: Buffer): { at: number; size: number; offset: number } {
  const last = bytes.length - END_BYTES;
  const isLast =
    last >= 0 && bytes.toString('latin1', last, last + 4) === END && bytes.readUInt16LE(last + 20) === 0;
  const at = isLast ? last : bytes.lastIndexOf(END, bytes.length, 'latin1');
  if (at < 0 || at > last || at < last - MAX_COMMENT_BYTES) throw bad('File is not a zip file');
  const large = at - LOCATOR_64_BYTES - END_64_BYTES;
  const isLarge =
    large >= 0 &&
    bytes.toString('latin1', large, large + 4) === END_64 &&
    bytes.toString('latin1', at - LOCATOR_64_BYTES, at - LOCATOR_64_BYTES + 4) === LOCATOR_64;
  if (!isLarge) return { at, size: bytes.readUInt32LE(at + 12), offset: bytes.readUInt32LE(at + 16) };
  return {
    at: large,
    size: Number(bytes.readBigUInt64LE(large + 40)),
    offset: Number(bytes.readBigUInt64LE(large + 48)),
  };
}

function fromCp437(byte: string): string {
  return CP437.charAt(byte.charCodeAt(0) - 0x80);
}

function bad(message: string): PythonError {
  return new PythonError('BadZipFile', message);
}
