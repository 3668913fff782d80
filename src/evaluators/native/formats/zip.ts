/** Zip archives that the agent made, read as Python's zipfile reads them: by their central directory, whatever lies before it. */
import { crc32, inflateRawSync, constants as zlib } from 'node:zlib';
import { PythonError } from '../../python/errors.js';
import { readBytes } from '../../python/text.js';
import { readDirectory, type ZipEntry } from './zip-directory.js';

/** A few kilobytes can unpack to a terabyte. */
const LIMIT_BYTES = 512 * 1024 * 1024;

const LOCAL_HEADER = 'PK\x03\x04';
const LOCAL_HEADER_BYTES = 30;
const ENCRYPTED = 1;
const PATCHED = 1 << 5;
const STRONGLY_ENCRYPTED = 1 << 6;
/** Of the methods that Python knows and we don't. */
const OTHER_METHODS: Readonly<Record<number, string>> = { 12: 'bzip2', 14: 'lzma' };

export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  #left: number;

  private constructor(bytes: Buffer, limit: number) {
    this.#bytes = bytes;
    this.#entries = readDirectory(bytes);
    this.#left = limit;
  }

  /** Throws BadZipFile for what is not a zip archive. */
  static async open(path: unknown, limit = LIMIT_BYTES): Promise<ZipArchive> {
    if (path === null || path === undefined)
      throw new PythonError('AttributeError', "'NoneType' object has no attribute 'seek'");
    return new ZipArchive(await readBytes(path), limit);
  }

  /** Of all entries, folders included. */
  get names(): ReadonlySet<string> {
    return new Set(this.#entries.keys());
  }

  /** The content of an entry of this name, which there must be. All of them have a limit together. */
  read(name: string): Buffer {
    const entry = this.#entries.get(name);
    if (!entry) throw new PythonError('KeyError', `There is no item named ${name} in the archive`);
    const content = this.#unpack(entry, this.#packed(entry)).subarray(0, entry.size);
    this.#left -= content.length;
    if (crc32(content) !== entry.checksum) throw new PythonError('BadZipFile', `Bad CRC-32 for file ${name}`);
    return content;
  }

  #packed(entry: ZipEntry): Buffer {
    const { offset } = entry;
    // Python seeks there, and cannot.
    if (offset < 0) throw new PythonError('OSError', `EINVAL: ${offset}`);
    const header = this.#bytes.subarray(offset, offset + LOCAL_HEADER_BYTES);
    if (header.length < LOCAL_HEADER_BYTES) throw new PythonError('BadZipFile', 'Truncated file header');
    if (header.toString('latin1', 0, 4) !== LOCAL_HEADER)
      throw new PythonError('BadZipFile', 'Bad magic number for file header');
    const nameEnd = offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26);
    const name = this.#bytes.subarray(offset + LOCAL_HEADER_BYTES, nameEnd);
    if (entry.flags & (PATCHED | STRONGLY_ENCRYPTED))
      throw new PythonError('NotImplementedError', `${entry.name} is encrypted or patched`);
    if (!name.equals(entry.rawName))
      throw new PythonError('BadZipFile', `File name in directory and header differ: ${entry.name}`);
    const start = nameEnd + header.readUInt16LE(28);
    if (start + entry.packedSize > entry.end)
      throw new PythonError('BadZipFile', `Overlapped entries: ${entry.name}`);
    if (entry.flags & ENCRYPTED)
      throw new PythonError(
        'RuntimeError',
        `File ${entry.name} is encrypted, password required for extraction`,
      );
    return this.#bytes.subarray(start, start + entry.packedSize);
  }

  #unpack({ method, name }: ZipEntry, packed: Buffer): Buffer {
    if (method === 0) return this.#limited(packed);
    const other = OTHER_METHODS[method];
    // Not an error of the reference: what this entry holds is not known here.
    if (other !== undefined)
      throw new Error(`${name} is packed with ${other}, which cannot be unpacked here`);
    if (method !== 8)
      throw new PythonError('NotImplementedError', 'That compression method is not supported');
    try {
      const options = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: Math.max(1, this.#left) };
      return this.#limited(inflateRawSync(packed, options));
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause;
      if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
      throw new PythonError('error', `Error while decompressing data: ${cause.message}`, { cause });
    }
  }

  #limited(content: Buffer): Buffer {
    if (content.length > this.#left) throw tooLarge();
    return content;
  }
}

function tooLarge(): Error {
  return new Error(`the archive unpacks to more than ${LIMIT_BYTES / 1024 / 1024} MiB`);
}
