/** An image's archive: fetched, or one that was fetched elsewhere; space for it and for what is in it is asked for first. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { localFiles } from '../../host/local/files.js';
import { atMirror } from '../../lib/download/hugging-face.js';
import { downloadLargeFile, removePart } from '../../lib/download/large-file.js';
import { errno } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { listZip, unzip, type ZippedFile } from '../../lib/unzip.js';
import { singleQuoted } from '../../shell-words.js';
import { formatBytes } from '../../ui/format.js';

/** Who hears how far it is. */
export interface ImageReport {
  /** A new thing that is done, e.g. `downloading Ubuntu-x86.zip`. */
  doing(text: string): void;
  /** Of the last of them; `total` is null when it is not known. */
  bytes(done: number, total: number | null): void;
}

export interface ArchiveRequest {
  /** What it is, in an error: `the guest's disk`. */
  what: string;
  url: string;
  /** A file that is there already, instead of the URL; null when it is fetched. */
  from: string | null;
  /** Where what has been fetched lies until it is whole. */
  part: string;
  sha256: string | null;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  report: ImageReport;
}

export interface Archive {
  path: string;
  isZip: boolean;
  /** Takes it away, unless it is the user's own. */
  remove(): Promise<void>;
}

/** OSWorld's images are about twice the size of their zips. */
const UNPACKED_PER_ZIPPED = 2.2;

/** Throws E_DOWNLOAD_FAILED, E_DISK_FULL, E_NO_PERMISSION, E_CONFIG, E_USAGE, or the signal's reason; what has come stays. */
export async function obtainArchive(request: ArchiveRequest): Promise<Archive> {
  const { from, part, sha256, signal, report } = request;
  if (from !== null)
    return { path: from, isZip: await isZip(from, await sizeOf(from)), remove: async () => {} };
  const url = atMirror(request.url, request.env);
  const name = basename(new URL(url).pathname);
  report.doing(`downloading ${name}`);
  const perZipped = name.endsWith('.zip') ? UNPACKED_PER_ZIPPED : 0;
  await downloadLargeFile(url, part, {
    sha256,
    signal,
    onBytes: (have, total) => report.bytes(have, total),
    onNote: (text) => report.doing(text),
    assertSpace: (missing, total) => assertSpace(request.what, dirname(part), missing + total * perZipped),
  });
  return { path: part, isZip: await isZip(part, 4), remove: () => removePart(part) };
}

/** Unpacks what `nameOf` names into `folder`; throws also where that would not fit. */
export async function unpackArchive(
  { path }: Archive,
  folder: string,
  nameOf: (name: string) => string | null,
  { what, signal, report }: Pick<ArchiveRequest, 'what' | 'signal' | 'report'>,
): Promise<void> {
  const files = (await listZip(path)).map(({ name, size }) => ({ name: nameOf(name), size }));
  const missing = await Promise.all(files.map((file) => missingBytes(file, folder)));
  await assertSpace(
    what,
    folder,
    missing.reduce((sum, bytes) => sum + bytes, 0),
  );
  report.doing('unpacking');
  await unzip(path, folder, { signal, nameOf, onBytes: (done, total) => report.bytes(done, total) });
}

/** The one file of the archive that `isWanted`. Throws E_DOWNLOAD_FAILED where there is none, or several. */
export async function findInArchive(
  { path }: Archive,
  what: string,
  isWanted: (name: string) => boolean,
): Promise<ZippedFile> {
  // macOS packs what its Finder knows of a file as `._` and its name.
  const found = (await listZip(path)).filter(
    ({ name }) => isWanted(name) && !basename(name).startsWith('._'),
  );
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  throw new ArpoEnvError({
    code: 'E_DOWNLOAD_FAILED',
    message: `${path} has ${found.length === 0 ? 'no' : found.length} ${what} in it`,
    fix: `see what it is: unzip -l ${singleQuoted(path)}`,
  });
}

async function missingBytes({ name, size }: { name: string | null; size: number }, folder: string) {
  if (name === null) return 0;
  const there = await stat(join(folder, name)).catch(() => null);
  return there?.size === size ? 0 : size;
}

/** Throws E_DISK_FULL. */
async function assertSpace(what: string, folder: string, needed: number): Promise<void> {
  const free = await localFiles.freeBytes(folder);
  if (free >= needed) return;
  throw new ArpoEnvError({
    code: 'E_DISK_FULL',
    message: `${what} needs about ${formatBytes(needed)} in ${folder}; ${formatBytes(free)} are free`,
    fix: 'free some space, or take another folder: --to',
  });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw fileError(error, file);
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `--from ${file}: there is no such file`,
      fix: `look for it: ls -l ${singleQuoted(dirname(file))}`,
    });
  }
}

/** APPNOTE.TXT 4.3.7: a local file header begins with "PK\x03\x04". */
async function isZip(path: string, size: number): Promise<boolean> {
  if (size < 4) return false;
  try {
    await using file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'PK\x03\x04';
  } catch (error) {
    throw fileError(error, path);
  }
}
