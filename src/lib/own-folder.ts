/** Folders of this user's own: whoever else could write in one could slip in files of theirs. */
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { chmod, lstat, realpath, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';
import { ArpoEnvError } from '../errors.js';
import { errno } from './errno.js';
import { fileError } from './file-error.js';
import { makeFolder } from './make-folder.js';

/** `<tmp>/<name>-<uid>`, made where it is missing. Throws E_NO_PERMISSION where another user has it, or may look in. */
export function ownTemporaryFolder(name: string, parent = tmpdir()): string {
  const folder = join(parent, `${name}-${process.getuid?.() ?? 'user'}`);
  return own(folder, 'TMPDIR', made(folder));
}

/**
 * For what can be fetched or made again: `arpo-env` in XDG_CACHE_HOME, `~/.cache` or what the system has for it, made
 * where it is missing and closed to others. Throws E_NO_PERMISSION where it is another user's or cannot be made, E_DISK_FULL.
 */
export async function cacheFolder(named = userFolder('cache')): Promise<string> {
  try {
    await makeFolder(named, 0o700);
    // Who has little room at home puts a link of their own there.
    const folder = (await isOurs(named)) ? await realpath(named) : named;
    if (await isOurs(folder)) {
      const { mode } = await lstat(folder);
      await chmod(folder, 0o700);
      // Others could have put files of theirs among them. Where a link leads there may be anything of the user's.
      if ((mode & 0o022) !== 0 && !(await lstat(named)).isSymbolicLink())
        await rm(join(folder, 'downloads'), { recursive: true, force: true });
    }
    return own(folder, 'XDG_CACHE_HOME', await lstat(folder));
  } catch (thrown) {
    const error = fileError(thrown, named);
    if (!(error instanceof ArpoEnvError) || error.code !== 'E_NO_PERMISSION') throw error;
    throw new ArpoEnvError({ ...error.toJSON(), fix: elsewhere('XDG_CACHE_HOME') }, { cause: error });
  }
}

const RELATIVE_TO_HOME = {
  cache: '.cache/arpo-env',
  data: '.local/share/arpo-env',
  log: '.local/state/arpo-env',
};

/** Of the system or of XDG's variables, which count only as absolute paths (XDG base directory specification). */
export function userFolder(kind: keyof typeof RELATIVE_TO_HOME): string {
  const named = envPaths('arpo-env', { suffix: '' })[kind];
  return isAbsolute(named) ? named : join(homedir(), RELATIVE_TO_HOME[kind]);
}

async function isOurs(path: string): Promise<boolean> {
  return (await lstat(path)).uid === process.getuid?.();
}

function made(folder: string): Stats {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw fileError(error, folder);
  }
  // A symbolic link is not followed: it would be another user's choice.
  return lstatSync(folder);
}

function own(folder: string, variable: string, { uid: owner, mode }: Stats): string {
  const uid = process.getuid?.();
  if (uid === undefined || (owner === uid && (mode & 0o077) === 0)) return folder;
  throw new ArpoEnvError({
    code: 'E_NO_PERMISSION',
    message: `${folder} belongs to, or is open to, another user; ${variable} names the folder that it is made in`,
    fix: elsewhere(variable),
  });
}

function elsewhere(variable: string): string {
  return `export ${variable}="$(mktemp -d)"`;
}
