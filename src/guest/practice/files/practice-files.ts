/** The files in memory as the guest agent's routes see them. */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { FileError } from '../../file-error.js';
import type { Bytes, FileEntry, GuestFiles, OpenFile } from '../../machine.js';
import { CAPACITY_BYTES, type MemoryFiles } from './memory-files.js';

export class PracticeFiles implements GuestFiles {
  readonly #memory: MemoryFiles;

  constructor(memory: MemoryFiles) {
    this.#memory = memory;
  }

  async kind(path: string) {
    return this.#memory.kind(path);
  }

  async open(path: string): Promise<OpenFile> {
    const data = this.#memory.read(path);
    const stream: OpenFile['stream'] = ({ start, end } = { start: 0, end: data.length }) =>
      Readable.from([data.subarray(start, end)], { objectMode: false });
    return { size: data.length, stream };
  }

  async write(path: string, data: Bytes): Promise<number> {
    this.#memory.makeFolder(posix.dirname(path), { parents: true });
    if (this.#memory.kind(path) === 'directory') throw new FileError('EISDIR', path);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of data) {
      size += chunk.length;
      if (size > CAPACITY_BYTES) throw new FileError('ENOSPC', path);
      chunks.push(chunk);
    }
    this.#memory.write(path, Buffer.concat(chunks));
    return size;
  }

  async remove(path: string): Promise<void> {
    if (this.#memory.kind(path) === 'file') this.#memory.remove(path);
  }

  async *list(path: string): AsyncIterable<FileEntry> {
    for (const name of this.#memory.list(path)) {
      yield { name, kind: this.#memory.kind(posix.join(path, name)) ?? 'file', isLink: false };
    }
  }
}
