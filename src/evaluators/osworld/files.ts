/** The cache folder of an evaluation, as its worker sees it: a copy, brought up to date before each call. */
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errno } from '../../lib/errno.js';

export interface CachedFile {
  /** Relative to the folder. */
  path: string;
  /** Of the file as it is when it is opened. */
  size: number;
  /** As many bytes as that; throws when the file has got shorter meanwhile. */
  bytes(): AsyncIterable<Buffer>;
}

/** Bytes of all files together: a guest decides how large they are, and a worker holds them in memory. */
const MOST_BYTES = 512 * 2 ** 20;
const MOST_FILES = 10_000;
const CHUNK = 256 * 1024;

/** Knows what was given out already. */
export class CacheMirror {
  readonly #folder: string;
  readonly #mostBytes: number;
  /** Sizes by path, and what tells one content from the next. */
  readonly #given = new Map<string, { size: number; version: string }>();

  constructor(folder: string, mostBytes = MOST_BYTES) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /** The regular files that are new or have changed; each is to be read before the next. Throws when it gets too much. */
  async *changed(): AsyncGenerator<CachedFile> {
    for await (const path of filesIn(this.#folder)) {
      const name = relative(this.#folder, path);
      const seen = versionOf(await lstat(path, { bigint: true }));
      if (this.#given.get(name)?.version === seen) continue;
      await using file = await opened(path);
      if (file === null) continue;
      const { size, version } = file;
      this.#given.set(name, { size, version });
      this.#refuseTooMuch();
      yield { path: name, size, bytes: () => bytesOf(file.handle, size, name) };
    }
  }

  #refuseTooMuch(): void {
    const total = [...this.#given.values()].reduce((sum, { size }) => sum + size, 0);
    if (total > this.#mostBytes || this.#given.size > MOST_FILES) {
      const limit = `${this.#mostBytes / 2 ** 20} MB in ${MOST_FILES} files`;
      throw new Error(`the files that it looks at are more than ${limit}`);
    }
  }
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

/** None of a folder that is not there: no getter has left anything in it. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
}

interface Opened extends AsyncDisposable {
  handle: FileHandle;
  size: number;
  version: string;
}

/** Null for what is not a regular file, whatever it was when its folder was read. */
async function opened(path: string): Promise<Opened | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) {
    await handle.close();
    return null;
  }
  return {
    handle,
    size: Number(stats.size),
    version: versionOf(stats),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function versionOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join('/');
}

async function* bytesOf(handle: FileHandle, size: number, name: string): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(CHUNK, size - at)), 0, null, at);
    if (bytesRead === 0) throw new Error(`${name} was cut short while it was read`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
