/**
 * Zip archives unpacked into a folder: each file takes its name only when it is whole and its checksum right, so that an
 * unpacking that was interrupted goes on. The archive is not trusted: nothing of it ends up outside the folder.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, lstat, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ArpoEnvError } from '../errors.js';
import { singleQuoted } from '../shell-words.js';
import { messageOf } from './errno.js';
import { fileError } from './file-error.js';
import { makeFolder } from './make-folder.js';

/** A file of the archive; folders are made as files need them. */
export interface ZippedFile {
  /** Below the folder that it is unpacked into, with slashes. */
  name: string;
  /** Bytes, unpacked. */
  size: number;
}

export interface UnzipOptions {
  signal: AbortSignal;
  /** Which files are wanted, and their names in the folder; null for one that is not. Default: all, as they are named. */
  nameOf?: (name: string) => string | null;
  /** As files grow: bytes of all that is wanted. */
  onBytes?: (done: number, total: number) => void;
}

/** More are in no archive that anybody means. */
const MOST_FILES = 100_000;
/** Of what Unix writes into the upper half of the attributes: the kind of a file (stat(2), S_IFMT). */
const KIND = 0o170000;
const REGULAR = 0o100000;

/**
 * What the archive's directory lists. Throws E_DOWNLOAD_FAILED for what is not a whole zip, and for one that names files outside
 * its folder, links, devices or encrypted files.
 */
export async function listZip(archive: string): Promise<ZippedFile[]> {
  return withZip(archive, async (zip) => {
    const entries = await entriesOf(zip, archive);
    return entries.map(({ fileName, uncompressedSize }) => ({ name: fileName, size: uncompressedSize }));
  });
}

/** Unpacks into `folder`, making it. Throws as `listZip`, E_DISK_FULL, E_NO_PERMISSION, or the signal's reason. */
export async function unzip(archive: string, folder: string, options: UnzipOptions): Promise<void> {
  const { signal, nameOf = (name: string) => name, onBytes } = options;
  await withZip(archive, async (zip) => {
    const wanted = (await entriesOf(zip, archive)).flatMap((entry) => {
      const name = nameOf(entry.fileName);
      return name === null ? [] : [{ entry, file: join(folder, name) }];
    });
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    const onChunk = (bytes: number) => {
      done += bytes;
      onBytes?.(done, total);
    };
    await makeFolder(folder);
    for (const { entry, file } of wanted) {
      signal.throwIfAborted();
      if (await isThere(file, entry, signal)) onChunk(entry.uncompressedSize);
      else await unpackOne(zip, entry, file, { archive, signal, onChunk });
    }
  });
}

interface OneFile {
  archive: string;
  signal: AbortSignal;
  onChunk: (bytes: number) => void;
}

async function unpackOne(
  zip: ZipFile,
  entry: Entry,
  file: string,
  { archive, signal, onChunk }: OneFile,
): Promise<void> {
  const draft = `${file}.unpacking`;
  let sum = 0;
  const summed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      onChunk(chunk.length);
      done(null, chunk);
    },
  });
  try {
    await makeFolder(dirname(file));
    await rm(draft, { force: true });
    const source = await zip.openReadStreamPromise(entry);
    await pipeline(source, summed, createWriteStream(draft, { flags: 'wx' }), { signal });
    if (sum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} is wrong`);
    if ((modeOf(entry) & 0o111) !== 0) await chmod(draft, 0o755);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    signal.throwIfAborted();
    throw explained(error, archive, file);
  }
}

/** Whether an earlier unpacking has come so far. */
async function isThere(file: string, entry: Entry, signal: AbortSignal): Promise<boolean> {
  const facts = await lstat(file).catch(() => null);
  if (facts === null || !facts.isFile() || facts.size !== entry.uncompressedSize) return false;
  let sum = 0;
  for await (const chunk of createReadStream(file, { signal })) sum = crc32(chunk as Buffer, sum);
  return sum === entry.crc32;
}

async function withZip<T>(archive: string, work: (zip: ZipFile) => Promise<T>): Promise<T> {
  let zip: ZipFile;
  try {
    // Names that lead elsewhere are refused by it: absolute ones, ones with `..`, and backslashes.
    zip = await openPromise(archive, { autoClose: false, strictFileNames: true });
  } catch (error) {
    throw explained(error, archive, archive);
  }
  try {
    return await work(zip);
  } finally {
    zip.close();
  }
}

/** All files; throws when one of them is none that we would unpack. */
async function entriesOf(zip: ZipFile, archive: string): Promise<Entry[]> {
  if (zip.entryCount > MOST_FILES) throw damaged(archive, `it lists ${zip.entryCount} files`);
  const files: Entry[] = [];
  const names = new Set<string>();
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      const kind = modeOf(entry) & KIND;
      if (fileName.endsWith('/')) continue;
      if (kind !== 0 && kind !== REGULAR) throw new Error(`${fileName} is a link or a device`);
      if (entry.isEncrypted()) throw new Error(`${fileName} is encrypted`);
      // Where capitals don't count, as on a Mac, the second one would be written over the first.
      const name = fileName.normalize('NFC').toLowerCase();
      if (names.has(name)) throw new Error(`${fileName} comes twice`);
      names.add(name);
      files.push(entry);
    }
  } catch (error) {
    throw explained(error, archive, archive);
  }
  return files;
}

/** Permissions and kind, as Unix writes them; 0 from another system. */
function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  const madeOnUnix = [3, 19].includes(versionMadeBy >> 8); // APPNOTE.TXT 4.4.2: 3 Unix, 19 macOS
  return madeOnUnix ? externalFileAttributes >>> 16 : 0;
}

/** What the system says of `file`, or what is wrong with the archive. */
function explained(error: unknown, archive: string, file: string): unknown {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  return isOfSystem ? fileError(error, file) : damaged(archive, messageOf(error), error);
}

function damaged(archive: string, why: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_DOWNLOAD_FAILED',
      message: `the archive ${archive} is damaged, or is not a zip archive of files: ${why}`,
      fix: `have it downloaded again: rm ${singleQuoted(archive)}`,
    },
    { cause },
  );
}
