/** The folder that the installer writes to: it is known by a mark as ours, so that nothing else of the user's is ever removed. */
import { link, lstat, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArpoEnvError } from '../../../errors.js';
import { identifyProcess, isRunning, processIdentitySchema } from '../../../host/process.js';
import { errno } from '../../../lib/errno.js';
import { fileError } from '../../../lib/file-error.js';
import { parseJson } from '../../../lib/json.js';
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
  const own = `${file}.${process.pid}`;
  const self = await identifyProcess(process.pid);
  try {
    for (;;) {
      await writeFile(own, JSON.stringify(self ?? { pid: process.pid, startTime: '' }));
      // A name that comes with its content: nobody ever sees an empty lock.
      const taken = await link(own, file).then(
        () => true,
        (error: unknown) => {
          if (errno(error) === 'EEXIST') return false;
          throw error;
        },
      );
      if (taken) return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
      await assertDead(file);
      // Of two that find a dead process's lock, the second takes the first's away here, and gives it back.
      const moved = await rename(file, own).then(
        () => true,
        () => false,
      );
      if (moved && (await isHeld(own)) !== null) await link(own, file).catch(() => undefined);
    }
  } finally {
    await rm(own, { force: true });
  }
}

async function assertDead(file: string): Promise<void> {
  const pid = await isHeld(file);
  if (pid === null) return;
  throw new ArpoEnvError({
    code: 'E_EVALUATORS_INSTALL',
    message: `pid ${pid} is installing or removing OSWorld's evaluators in this very folder`,
    fix: 'wait until it is done, then look: arpo-env evaluators status',
  });
}

/** The pid of the living process whose lock it is. */
async function isHeld(file: string): Promise<number | null> {
  const holder = parseJson(await readFile(file, 'utf8').catch(() => ''), processIdentitySchema);
  return holder !== undefined && (await isRunning(holder)) ? holder.pid : null;
}
