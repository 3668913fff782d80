/** A folder of this user's own where everybody may write: whoever else could write in it could slip in files of theirs. */
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { fileError } from './file-error.js';

/** `<tmp>/<name>-<uid>`, made where it is missing. Throws E_NO_PERMISSION where another user has it, or may look in. */
export function ownTemporaryFolder(name: string, parent = tmpdir()): string {
  const uid = process.getuid?.();
  const folder = join(parent, `${name}-${uid ?? 'user'}`);
  const { uid: owner, mode } = made(folder);
  if (uid !== undefined && (owner !== uid || (mode & 0o077) !== 0)) {
    throw new ArpoEnvError({
      code: 'E_NO_PERMISSION',
      message: `${folder} belongs to, or is open to, another user; TMPDIR names the folder that it is made in`,
      fix: 'export TMPDIR="$(mktemp -d)"',
    });
  }
  return folder;
}

function made(folder: string) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // A symbolic link is not followed: it would be another user's choice.
    return lstatSync(folder);
  } catch (error) {
    throw fileError(error, folder);
  }
}
