/** The folder that the installer writes to: it is known by a mark as ours, so that nothing else of the user's is ever removed. */
import { lstat, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArpoEnvError } from '../../../errors.js';
import { claimFile, isClaim } from '../../../host/claim.js';
import { errno } from '../../../lib/errno.js';
import { fileError } from '../../../lib/file-error.js';
import { makeFolder } from '../../../lib/make-folder.js';
import { openToOthers, placesIn } from '../installation.js';

const MARK = '.arpo-env-evaluators';
const LOCK = 'install.lock';

/** One process at a time changes the folder; disposing lets go of it. Throws E_EVALUATORS_INSTALL, E_NO_PERMISSION, E_DISK_FULL. */
export async function claimFolder(dir: string): Promise<AsyncDisposable> {
  try {
    // Where a person's new files are their group's too, this one is not.
    await makeFolder(dir, 0o755);
    await mark(dir);
    return await lock(join(dir, LOCK));
  } catch (error) {
    throw fileError(error, dir);
  }
}

export async function isOurs(dir: string): Promise<boolean> {
  return lstat(join(dir, MARK)).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** Takes away all that the installer made, and the folder when nothing else is in it. Throws as `claimFolder`. */
export async function removeInstallation(dir: string): Promise<void> {
  {
    await using _lock = await claimFolder(dir);
    // First what says that it is whole.
    await rm(placesIn(dir).installed, { force: true });
    for (const name of ['venv', 'osworld', 'osworld.new', 'easyocr'])
      await rm(join(dir, name), { recursive: true, force: true });
    await rm(join(dir, MARK), { force: true });
  }
  await rmdir(dir).catch((error: unknown) => {
    if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EEXIST') throw error;
  });
}

async function mark(dir: string): Promise<void> {
  if (await isOurs(dir)) return assertPrivate(dir);
  const names = await readdir(dir);
  if (names.length > 0 && !names.every((name) => name.startsWith(LOCK))) {
    throw new ArpoEnvError({
      code: 'E_EVALUATORS_INSTALL',
      message: `${dir} holds files that are not ours (${names.slice(0, 3).join(', ')})`,
      fix: 'name an empty folder in the config: evaluators.dir',
    });
  }
  await assertPrivate(dir);
  await writeFile(join(dir, MARK), 'arpo-env evaluators remove\n');
}

/** What is in there is run by this very user. */
async function assertPrivate(dir: string): Promise<void> {
  const problem = await openToOthers(dir, (owner) => owner === (process.getuid?.() ?? owner));
  if (problem) throw new ArpoEnvError(problem);
}

async function lock(file: string): Promise<AsyncDisposable> {
  const outcome = await claimFile(file);
  if (isClaim(outcome)) return outcome;
  throw new ArpoEnvError({
    code: 'E_EVALUATORS_INSTALL',
    message: `pid ${outcome.holder.pid} is installing or removing OSWorld's evaluators in this very folder`,
    fix: 'wait until it is done, then look: arpo-env evaluators status',
  });
}
