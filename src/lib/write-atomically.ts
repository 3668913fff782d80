/** A file of this user's own that is whole at any moment, whatever ends the program: written next to it, then renamed. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.js';

/** The file and the folders that it makes are for this user alone. Throws the system's error; no draft is left then. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`; // no other process writes that one
  try {
    await makeFolder(dirname(file), 0o700);
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}
