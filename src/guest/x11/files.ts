/** The desktop's files, for the agent's routes. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fromSystem } from '../file-error.js';
import type { GuestFiles } from '../machine.js';

export class X11Files implements GuestFiles {
  async kind(path: string): Promise<'file' | 'directory' | null> {
    try {
      return (await stat(path)).isDirectory() ? 'directory' : 'file';
    } catch {
      return null;
    }
  }

  read(path: string): Promise<Buffer> {
    return inPythonsWords(path, () => readFile(path));
  }

  write(path: string, data: Uint8Array): Promise<void> {
    return inPythonsWords(path, async () => {
      await mkdir(posix.dirname(path), { recursive: true });
      await writeFile(path, data);
    });
  }

  remove(path: string): Promise<void> {
    return inPythonsWords(path, () => rm(path, { recursive: true }));
  }

  list(path: string): Promise<string[]> {
    return inPythonsWords(path, () => readdir(path));
  }
}

async function inPythonsWords<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromSystem(error, path);
  }
}
