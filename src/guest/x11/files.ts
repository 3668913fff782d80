/** The desktop's files, for the agent's routes. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fromSystem } from '../file-error.js';
import type { GuestFiles } from '../machine.js';
import { resolveInside } from './confined-path.js';

export class X11Files implements GuestFiles {
  /** `root` as in Enclosure. */
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async kind(path: string): Promise<'file' | 'directory' | null> {
    try {
      return (await stat(await this.#inside(path))).isDirectory() ? 'directory' : 'file';
    } catch {
      return null;
    }
  }

  read(path: string): Promise<Buffer> {
    return this.#on(path, (file) => readFile(file));
  }

  write(path: string, data: Uint8Array): Promise<void> {
    return this.#on(path, async (file) => {
      await mkdir(posix.dirname(file), { recursive: true });
      await writeFile(file, data);
    });
  }

  remove(path: string): Promise<void> {
    return this.#on(path, (file) => rm(file, { recursive: true }));
  }

  list(path: string): Promise<string[]> {
    return this.#on(path, (folder) => readdir(folder));
  }

  async #on<T>(path: string, act: (file: string) => Promise<T>): Promise<T> {
    const file = await this.#inside(path);
    try {
      return await act(file);
    } catch (error) {
      throw fromSystem(error, path);
    }
  }

  async #inside(path: string): Promise<string> {
    return this.#root === '' ? path : resolveInside(this.#root, path);
  }
}
