/** The files in memory as the guest agent's routes see them. */
import { posix } from 'node:path';
import type { GuestFiles } from '../../machine.js';
import type { MemoryFiles } from './memory-files.js';

export class PracticeFiles implements GuestFiles {
  readonly #memory: MemoryFiles;

  constructor(memory: MemoryFiles) {
    this.#memory = memory;
  }

  async kind(path: string) {
    return this.#memory.kind(path);
  }

  async read(path: string): Promise<Buffer> {
    return this.#memory.read(path);
  }

  async write(path: string, data: Uint8Array): Promise<void> {
    this.#memory.makeFolder(posix.dirname(path), { parents: true });
    this.#memory.write(path, data);
  }

  async remove(path: string): Promise<void> {
    this.#memory.remove(path, { recursive: true });
  }

  async list(path: string): Promise<string[]> {
    return this.#memory.list(path);
  }
}
