/** A small POSIX file system in memory. Paths are absolute; errors are FileErrors with the path that was asked for. */
import { posix } from 'node:path';
import { FileError } from '../../file-error.js';

interface FileNode {
  kind: 'file';
  data: Buffer;
}

interface FolderNode {
  kind: 'directory';
  entries: Map<string, FileNode | FolderNode>;
}

/** All files together: what a practice desktop may cost its host. */
export const CAPACITY_BYTES = 1024 ** 3;
/** Beside its data, so that empty files and folders are not free either. */
const ENTRY_BYTES = 4096;
/** Of one folder: each screenshot and each click asks for all of the desktop's. */
const MAX_ENTRIES = 4096;
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4096;
/** The kernel's: nothing can be made in it. */
const READ_ONLY_ROOTS = ['/proc', '/sys', '/dev'];

export class MemoryFiles {
  readonly #root: FolderNode = { kind: 'directory', entries: new Map() };
  #used = 0;

  constructor() {
    for (const path of READ_ONLY_ROOTS) {
      this.#root.entries.set(path.slice(1), { kind: 'directory', entries: new Map() });
    }
  }

  kind(path: string): 'file' | 'directory' | null {
    return this.#find(path)?.kind ?? null;
  }

  read(path: string): Buffer {
    const node = this.#node(path);
    if (node.kind === 'directory') throw new FileError('EISDIR', path);
    return node.data;
  }

  /** Names, sorted as `ls` does it in the C locale. */
  list(path: string): string[] {
    const node = this.#node(path);
    if (node.kind === 'file') throw new FileError('ENOTDIR', path);
    return [...node.entries.keys()].sort();
  }

  /** The parent folder must exist. */
  write(path: string, data: Uint8Array, { append = false } = {}): void {
    const { folder, name } = this.#parent(path);
    const existing = folder.entries.get(name);
    if (existing?.kind === 'directory') throw new FileError('EISDIR', path);
    const kept = append && existing ? existing.data : Buffer.alloc(0);
    const size = ENTRY_BYTES + kept.length + data.length;
    this.#take(size - (existing ? bytesOf(existing) : 0), path);
    put(folder, name, { kind: 'file', data: Buffer.concat([kept, data]) }, path);
  }

  makeFolder(path: string, { parents = false } = {}): void {
    const normal = posix.normalize(path);
    if (Buffer.byteLength(normal) > MAX_PATH_BYTES) throw new FileError('ENAMETOOLONG', path);
    const existing = this.#find(normal);
    if (existing?.kind === 'directory' && parents) return;
    if (existing) throw new FileError('EEXIST', path);
    if (parents) this.makeFolder(posix.dirname(normal), { parents: true });
    const { folder, name } = this.#parent(path);
    this.#take(ENTRY_BYTES, path);
    put(folder, name, { kind: 'directory', entries: new Map() }, path);
  }

  remove(path: string, { recursive = false } = {}): void {
    const node = this.#node(path);
    const { folder, name } = this.#parent(path);
    if (node.kind === 'directory' && !recursive && node.entries.size > 0)
      throw new FileError('ENOTEMPTY', path);
    this.#used -= bytesOf(node);
    folder.entries.delete(name);
  }

  /** Into `to` when that is a folder, otherwise in its place. */
  move(from: string, to: string): void {
    const node = this.#node(from);
    const source = this.#parent(from);
    const target = this.#target(from, to);
    if (`${posix.normalize(target)}/`.startsWith(`${posix.normalize(from)}/`))
      throw new FileError('EINVAL', to);
    const destination = this.#parent(target);
    const replaced = destination.folder.entries.get(destination.name);
    if (replaced?.kind === 'directory')
      throw new FileError(replaced.entries.size > 0 ? 'ENOTEMPTY' : 'EEXIST', target);
    if (replaced) this.#used -= bytesOf(replaced);
    put(destination.folder, destination.name, node, target);
    source.folder.entries.delete(source.name);
  }

  /** Into `to` when that is a folder, otherwise in its place; folders with all that is in them. */
  copy(from: string, to: string): void {
    const target = this.#target(from, to);
    const node = this.#node(from);
    if (node.kind === 'file') {
      this.write(target, node.data);
      return;
    }
    if (`${posix.normalize(target)}/`.startsWith(`${posix.normalize(from)}/`))
      throw new FileError('EINVAL', to);
    this.makeFolder(target, { parents: true });
    for (const name of node.entries.keys()) this.copy(posix.join(from, name), posix.join(target, name));
  }

  #target(from: string, to: string): string {
    return this.kind(to) === 'directory' ? posix.join(to, posix.basename(from)) : to;
  }

  /** Counts bytes as used, if there are so many. */
  #take(bytes: number, path: string): void {
    if (this.#used + bytes > CAPACITY_BYTES) throw new FileError('ENOSPC', path);
    this.#used += bytes;
  }

  #parent(path: string): { folder: FolderNode; name: string } {
    const normal = posix.normalize(path).replace(/(.)\/$/, '$1');
    const name = posix.basename(normal);
    const parentPath = posix.dirname(normal);
    if (name === '') throw new FileError('EPERM', path);
    const tooLong = Buffer.byteLength(name) > MAX_NAME_BYTES || Buffer.byteLength(normal) > MAX_PATH_BYTES;
    if (tooLong) throw new FileError('ENAMETOOLONG', path);
    const folder = this.#find(parentPath);
    const readOnly = READ_ONLY_ROOTS.some((root) => `${parentPath}/`.startsWith(`${root}/`));
    if (!folder || readOnly) throw new FileError('ENOENT', path);
    if (folder.kind === 'file') throw new FileError('ENOTDIR', path);
    return { folder, name };
  }

  #node(path: string): FileNode | FolderNode {
    const node = this.#find(path);
    if (!node) throw new FileError('ENOENT', path);
    return node;
  }

  #find(path: string): FileNode | FolderNode | null {
    let node: FileNode | FolderNode = this.#root;
    for (const name of posix.normalize(path).split('/')) {
      if (name === '') continue;
      const next: FileNode | FolderNode | undefined =
        node.kind === 'directory' ? node.entries.get(name) : undefined;
      if (!next) return null;
      node = next;
    }
    return node;
  }
}

function put(folder: FolderNode, name: string, node: FileNode | FolderNode, path: string): void {
  const full = folder.entries.size >= MAX_ENTRIES && !folder.entries.has(name);
  if (full) throw new FileError('ENOSPC', path);
  folder.entries.set(name, node);
}

function bytesOf(node: FileNode | FolderNode): number {
  if (node.kind === 'file') return ENTRY_BYTES + node.data.length;
  return [...node.entries.values()].reduce((sum, entry) => sum + bytesOf(entry), ENTRY_BYTES);
}
