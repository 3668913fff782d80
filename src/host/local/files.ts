/** Files of this machine. */
import { open, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileFacts, HostFiles } from '../host.js';

export const localFiles: HostFiles = {
  readText: (path) => readFile(path, 'utf8').catch(() => null),
  readEnd: (path, bytes) => readEnd(path, bytes).catch(() => null),
  stat: (path) => factsOf(path).catch(() => null),
  list: (folder) => readdir(folder).catch(() => []),
  exists: (path) =>
    stat(path).then(
      () => true,
      () => false,
    ),
  freeBytes,
};

async function factsOf(path: string): Promise<FileFacts> {
  const info = await stat(path);
  return {
    kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other',
    size: info.size,
    mode: info.mode & 0o777,
    inode: info.ino,
  };
}

async function readEnd(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const start = Math.max(0, size - bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.subarray(0, bytesRead).toString('utf8');
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}
