/** Paths of a desktop's mount namespace, seen from outside through /proc: its symbolic links are its own. */
import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { FileError } from '../file-error.js';

/** As the kernel does. */
const MAX_LINKS = 40;

/**
 * The file that `path` names for who has `root` as `/`. An absolute link would lead from `/proc/PID/root/…` to this
 * process's own files, so links are followed here, one by one. What does not exist is appended as it is.
 */
export async function resolveInside(root: string, path: string): Promise<string> {
  const left = parts(path);
  let resolved = '/';
  let links = 0;
  while (left.length > 0) {
    const next = posix.join(resolved, left.shift() ?? '');
    const target = await linkTarget(root + next);
    if (target === null) {
      resolved = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new FileError('ELOOP', path);
    if (target.startsWith('/')) resolved = '/';
    left.unshift(...parts(target));
  }
  return root + resolved;
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function linkTarget(path: string): Promise<string | null> {
  return readlink(path).catch(() => null);
}
