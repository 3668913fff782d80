/** Executables by name, as the desktop's programs find them. */

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../../lib/errno.js';
import { resolveInside } from './confined-path.js';

/** Absolute path of the first of `names` that is in `path`; null when there is none. `root` as in Enclosure. */
export async function findProgram(names: readonly string[], path: string, root = ''): Promise<string | null> {
  for (const name of names) {
    for (const folder of path.split(':').filter((part) => part !== '')) {
      const file = join(folder, name);
      if ((await isExecutable(file, root)) === 'yes') return file;
    }
  }
  return null;
}

export async function isExecutable(path: string, root = ''): Promise<'yes' | 'no' | 'absent'> {
  try {
    const file = root === '' ? path : await resolveInside(root, path);
    if (!(await stat(file)).isFile()) return 'no';
    await access(file, constants.X_OK);
    return 'yes';
  } catch (error) {
    return errno(error) === 'EACCES' ? 'no' : 'absent';
  }
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
