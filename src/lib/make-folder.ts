/** `mkdir -p`. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno } from './errno.js';

/**
 * Makes the folder and those above it where they are missing. Node's own `recursive` never ends below a folder that
 * takes no new ones, such as /proc (Node 20). Throws the system's error.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (errno(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent, mode);
    // Once more, and no further: where it still has no place, it has none.
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errno(error) !== 'EEXIST' || !(await isFolder(path))) throw error;
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
