/** What a sandbox must show of this machine so that an interpreter runs in it: its virtual environment, and the Python that this was made from. */
import { readlink, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { Mount } from '../../../guest/sandbox/view.js';

export interface Shown {
  mounts: Mount[];
  links: { path: string; target: string }[];
}

/** A chain of links that is longer has no end (path_resolution(7)). */
const MOST_LINKS = 40;
/** It is seen anyway. */
const SYSTEM = '/usr';

/**
 * `program`: an absolute path. The links that lead from a virtual environment to its Python are shown as such: the folders
 * that they lie in, as ~/.local/bin, have other things in them.
 */
export async function interpreterMounts(program: string): Promise<Shown> {
  const environment = dirname(dirname(program));
  const isEnvironment = await stat(join(environment, 'pyvenv.cfg')).then(
    () => true,
    () => false,
  );
  const mounts: Mount[] = isEnvironment ? [await shownAs(environment)] : [];
  const links: Shown['links'] = [];
  let path = program;
  for (let count = 0; count < MOST_LINKS; count += 1) {
    const target = await readlink(path).catch(() => null);
    if (target === null) break;
    if (!isSeen(path, mounts)) links.push({ path, target });
    path = resolve(dirname(path), target);
  }
  const file = await realpath(path);
  // A part of its way may be a link too, such as the name of its version without the last number.
  for (const place of new Set([path, file])) {
    const prefix = dirname(dirname(place));
    const shown = isTooMuch(prefix) ? place : prefix;
    if (!isSeen(shown, mounts)) mounts.push(await shownAs(shown));
  }
  return { mounts: mounts.filter(({ target }) => !isIn(target, SYSTEM)), links };
}

/** Under the same path inside; its source is free of links. */
export async function shownAs(path: string): Promise<Mount> {
  return { source: await realpath(path), target: path };
}

/** Whether a whole home would be seen with it. */
export function isTooMuch(folder: string): boolean {
  return isIn(homedir(), folder) || isIn('/home', folder);
}

function isSeen(path: string, mounts: readonly Mount[]): boolean {
  return isIn(path, SYSTEM) || mounts.some(({ target }) => isIn(path, target));
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
