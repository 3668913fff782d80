/** A file of this user's own that is whole at any moment, whatever ends the program: written next to it, then renamed. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.js';

/**
 * The file, unless `mode` says else, and the folders that it makes are for this user alone. Throws the system's error;
 * no draft is left then.
 */
export async function writeAtomically(file: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${file}.${process.pid}.new`; // no other process writes that one
  try {
    await makeFolder(dirname(file), 0o700);
    await writeFile(draft, text, { mode });
    // A umask takes bits from the one above.
    if (mode !== 0o600) await chmod(draft, mode);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}
