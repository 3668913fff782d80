/** The desktop's files, for the agent's routes. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { FileError, fromSystem } from '../file-error.js';
import { type Bytes, type FileEntry, GuestError, type GuestFiles, type OpenFile } from '../machine.js';
import { FileBytes } from './file-bytes.js';

/** Without the last one a pipe that nobody writes to would hold one of libuv's four threads for ever. */
const READ = constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
const WRITE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOCTTY | constants.O_NONBLOCK;

export class X11Files implements GuestFiles {
  async kind(path: string): Promise<'file' | 'directory' | null> {
    try {
      return (await stat(path)).isDirectory() ? 'directory' : 'file';
    } catch {
      return null;
    }
  }

  open(path: string): Promise<OpenFile> {
    return inPythonsWords(path, async () => {
      // Looked at before it is opened: opening some devices does something.
      refuseSpecial(path, await stat(path));
      const handle = await open(path, READ);
      const { size } = await orClose(handle, async () => {
        const found = await handle.stat();
        refuseSpecial(path, found);
        return found;
      });
      return { size, stream: (range) => new FileBytes(handle, range ?? { start: 0, end: size }) };
    });
  }

  async write(path: string, data: Bytes): Promise<number> {
    await makeFolders(posix.dirname(path));
    const handle = await inPythonsWords(path, async () => {
      const existing = await stat(path).catch(() => null);
      if (existing !== null) refuseSpecial(path, existing);
      return open(path, WRITE);
    });
    try {
      await orClose(handle, async () => refuseSpecial(path, await handle.stat()));
      let size = 0;
      await orClose(handle, async () => {
        for await (const chunk of data) {
          await handle.writeFile(chunk);
          size += chunk.length;
        }
      });
      await handle.close();
      return size;
    } catch (error) {
      await rm(path, { force: true });
      throw fromSystem(error, path);
    }
  }

  remove(path: string): Promise<void> {
    return inPythonsWords(path, () => rm(path, { force: true }));
  }

  async *list(path: string): AsyncIterable<FileEntry> {
    const folder = await inPythonsWords(path, () => opendir(path));
    for await (const entry of folder) {
      const { name } = entry;
      const isLink = entry.isSymbolicLink();
      const isFolder = isLink
        ? (await this.kind(posix.join(path, name))) === 'directory'
        : entry.isDirectory();
      yield { name, kind: isFolder ? 'directory' : 'file', isLink };
    }
  }
}

/** Pipes and sockets would be waited for, and devices may have no end. */
function refuseSpecial(path: string, found: Stats): void {
  if (found.isDirectory()) throw new FileError('EISDIR', path);
  if (!found.isFile()) throw new GuestError(`'${path}' is not a regular file`);
}

/** As Python's `os.makedirs`. Node's own never returns in /proc, where a folder that is there refuses new ones as if it were not. */
async function makeFolders(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = posix.dirname(path);
  const parentIsThere = await stat(parent).then(
    () => true,
    () => false,
  );
  if (!parentIsThere) await makeFolders(parent);
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw fromSystem(error, path);
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function orClose<T>(handle: FileHandle, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function inPythonsWords<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromSystem(error, path);
  }
}
