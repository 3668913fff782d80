/** Executables by name, as the desktop's programs find them. */

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../../lib/errno.js';

/** Absolute path of the first of `names` that is in `path`; null when there is none. */
export async function findProgram(names: readonly string[], path: string): Promise<string | null> {
  for (const name of names) {
    for (const folder of path.split(':').filter((part) => part !== '')) {
      const file = join(folder, name);
      if ((await isExecutable(file)) === 'yes') return file;
    }
  }
  return null;
}

export async function isExecutable(path: string): Promise<'yes' | 'no' | 'absent'> {
  try {
    if (!(await stat(path)).isFile()) return 'no';
    await access(path, constants.X_OK);
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
