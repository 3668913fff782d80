/** Which packages of a virtual environment are there to the last file. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installedPackages, nameOf, sitePackages } from '../installation.js';
import { holdsFor, withoutMarker } from './markers.js';

/** How many files are looked at at once. */
const AT_ONCE = 64;

/** `name==version` of those that must still be installed for this Python; what is half there of them is made ready for that. */
export async function missingRequirements(
  venv: string,
  requirements: readonly string[],
  pythonVersion: string,
): Promise<string[]> {
  const present = await installedPackages(venv);
  const damaged = await damagedPackages(venv);
  return requirements
    .filter((line) => holdsFor(line, pythonVersion))
    .map(withoutMarker)
    .filter((pin) => {
      const name = nameOf(pin);
      return damaged.has(name) || present.get(name) !== pin.split('==')[1];
    });
}

/** pip takes a package whose record is there for installed: the record of one that is damaged goes. */
export async function forgetDamaged(venv: string): Promise<void> {
  for (const record of (await damagedPackages(venv)).values())
    await rm(record, { recursive: true, force: true });
}

/** Their `.dist-info` folders by name. */
async function damagedPackages(venv: string): Promise<Map<string, string>> {
  const damaged = new Map<string, string>();
  for (const folder of await sitePackages(venv)) {
    for (const name of await readdir(folder).catch(() => [])) {
      const [, distribution] = /^(.+)-[^-]+\.dist-info$/.exec(name) ?? [];
      if (distribution !== undefined && !(await isWhole(folder, name)))
        damaged.set(nameOf(distribution), join(folder, name));
    }
  }
  return damaged;
}

/** The wheel of easyocr lists dictionaries that are not in it. */
const NEVER_THERE = /^easyocr\/dict\//;

/** RECORD lists the files of a package as `path,hash,bytes` (PEP 376); what was compiled is made anew where it is missing. */
async function isWhole(folder: string, distInfo: string): Promise<boolean> {
  const record = await readFile(join(folder, distInfo, 'RECORD'), 'utf8').catch(() => null);
  const installer = await stat(join(folder, distInfo, 'INSTALLER')).catch(() => null);
  if (record === null || installer === null) return false;
  const files = [...record.matchAll(/^"?(.+?)"?,[^,\n]*,(\d*)\r?$/gm)].filter(
    ([, path = '']) => !path.includes('__pycache__/') && !NEVER_THERE.test(path),
  );
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const sizes = await Promise.all(
      files.slice(start, start + AT_ONCE).map(async ([, path = '', bytes]) => {
        const facts = await stat(resolve(folder, path)).catch(() => null);
        return facts !== null && (bytes === '' || facts.size === Number(bytes));
      }),
    );
    if (sizes.includes(false)) return false;
  }
  return true;
}
