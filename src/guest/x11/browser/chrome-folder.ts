/**
 * A distribution's Chromium as Google Chrome presents itself: a folder with its executable under the name `chrome`, which its
 * processes then have (a link to it would not do: they take the name of the file), and with the texts of Google Chrome.
 *
 * Google Chrome that is installed is used as it is. A sandbox or an image has the folder where Google Chrome is installed;
 * elsewhere it lies in this user's cache.
 */
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { errno } from '../../../lib/errno.js';
import { fileError } from '../../../lib/file-error.js';
import { makeFolder } from '../../../lib/make-folder.js';
import { findProgram, isExecutable } from '../executables.js';
import { BROWSER } from '../requirements.js';
import { changeTexts } from './pak.js';
import { asGoogleChrome } from './product-name.js';

/** Where Google Chrome is installed. */
const INSTALLED = '/opt/google/chrome';
/** Where a sandbox shows it on a machine that has other things of Google's in the folder above. */
const IN_SANDBOX = '/run/arpo-env/chrome';
const PROGRAM = 'chrome';
const LOCALES = 'locales';
/** Chromium's executable, where distributions have it beside its resources. */
const CHROMIUM = [
  '/usr/lib/chromium/chromium',
  '/usr/lib/chromium-browser/chromium-browser',
  '/usr/lib64/chromium-browser/chromium-browser',
];

/** The browser's executable on a desktop whose programs have this PATH; null where none is installed. */
export async function findBrowser(path: string): Promise<string | null> {
  const google = await findProgram(['google-chrome', 'google-chrome-stable'], path);
  if (google !== null) return google;
  for (const folder of [INSTALLED, IN_SANDBOX]) {
    const shown = join(folder, PROGRAM);
    if ((await isExecutable(shown)) === 'yes') return shown;
  }
  const chromium = await installedChromium();
  if (chromium === null) return findProgram(BROWSER.names, path);
  return join(await cachedChromeFolder(chromium, 'whole'), PROGRAM);
}

/** What a sandbox shows, in this order, so that Chromium is Google Chrome in it: nothing where none or another is installed. */
export async function chromeMounts(path: string): Promise<{ source: string; target: string }[]> {
  if ((await findProgram(['google-chrome', 'google-chrome-stable'], path)) !== null) return [];
  const chromium = await installedChromium();
  if (chromium === null) return [];
  const target = existsSync(dirname(INSTALLED)) ? IN_SANDBOX : INSTALLED;
  return [
    { source: await cachedChromeFolder(chromium, 'shown'), target },
    { source: chromium, target: join(target, PROGRAM) },
  ];
}

async function installedChromium(): Promise<string | null> {
  for (const file of CHROMIUM) if ((await isExecutable(file)) === 'yes') return file;
  return null;
}

/** In a sandbox the executable is mounted over an empty file. */
type Executable = 'whole' | 'shown';

/** Throws E_NO_PERMISSION or E_DISK_FULL when the cache cannot be written. */
async function cachedChromeFolder(chromium: string, executable: Executable): Promise<string> {
  const { cache } = envPaths('arpo-env', { suffix: '' });
  return chromeFolderIn(cache, chromium, executable).catch((error: unknown) => {
    throw fileError(error, cache);
  });
}

/** Made once for every version of Chromium; that of another version goes. */
async function chromeFolderIn(cache: string, chromium: string, executable: Executable): Promise<string> {
  const { size, mtimeMs } = await stat(chromium);
  const kind = `chrome-${executable}-`;
  const folder = join(cache, `${kind}${size}-${Math.round(mtimeMs)}`);
  if ((await isExecutable(join(folder, PROGRAM))) === 'yes') return folder;
  await makeFolder(cache, 0o700);
  // Several desktops may start at once, in this process too.
  const fresh = join(cache, `new-${kind}${randomUUID()}`);
  try {
    await makeChromeFolder(chromium, fresh, executable);
    for (const name of await readdir(cache))
      if (name.startsWith(kind) && join(cache, name) !== folder)
        await rm(join(cache, name), { recursive: true, force: true });
    await rename(fresh, folder).catch((error: unknown) => {
      // Another process was faster.
      if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** Writes the folder, for everybody to read. An executable that is there already, as in an image's layer, stays. */
export async function makeChromeFolder(
  chromium: string,
  folder: string,
  executable: Executable,
): Promise<void> {
  const source = dirname(chromium);
  const locales = join(folder, LOCALES);
  await makeFolder(locales);
  for (const path of [folder, locales]) await chmod(path, 0o755);
  for (const name of await readdir(source)) {
    if (name !== basename(chromium) && name !== LOCALES)
      await symlink(join(source, name), join(folder, name));
  }
  for (const name of await readdir(join(source, LOCALES))) {
    const from = join(source, LOCALES, name);
    if (name.endsWith('.pak')) await writeTexts(from, join(locales, name));
    else await symlink(from, join(locales, name));
  }
  const program = join(folder, PROGRAM);
  if (executable === 'whole') return linkOrCopy(chromium, program);
  await writeFile(program, '');
  await chmod(program, 0o755);
}

async function writeTexts(from: string, to: string): Promise<void> {
  await writeFile(to, changeTexts(await readFile(from), asGoogleChrome));
  await chmod(to, 0o644);
}

/** A link shares the memory of every other Chromium's; it needs the same file system, and the owner's right. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errno(error) === 'EEXIST') return;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
