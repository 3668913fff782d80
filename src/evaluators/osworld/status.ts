/** What there is to say of an installation: for `evaluators status`, the doctor and the set-up. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { PUBLISHED_TASKS, scoredTasks } from './coverage.js';
import { holdsFor, withoutMarker } from './install/markers.js';
import {
  type Installation,
  type Installed,
  nameOf,
  readInstallation,
  readInstalled,
  requirementLines,
} from './installation.js';

export interface InstallationStatus {
  installation: Installation;
  installed: Installed | null;
  /** Bytes on disk. */
  bytes: number;
  /** Names of packages whose version is not the one that this arpo-env pins. */
  outdated: string[];
  /** Of OSWorld's published tasks, and how many of them can be scored here. */
  tasks: { total: number; scored: number };
}

export async function installationStatus(
  settings: Pick<Config['evaluators'], 'dir' | 'osworld' | 'engine'>,
): Promise<InstallationStatus> {
  const installation = await readInstallation(settings);
  const installed = await readInstalled(installation.dir);
  const [bytes, outdated] = await Promise.all([
    installed === null ? 0 : sizeOf(installation.dir),
    installed === null ? [] : outdatedPackages(installed),
  ]);
  const { python, osworld, packages } = installation;
  const isUsable = python !== null && osworld !== null;
  const scored = scoredTasks(settings.engine, isUsable ? packages : null);
  return { installation, installed, bytes, outdated, tasks: { total: PUBLISHED_TASKS, scored } };
}

/** Of what was installed for another version of arpo-env, what this one wants otherwise. */
export async function outdatedPackages({ set, python, packages }: Installed): Promise<string[]> {
  const pins = (await requirementLines(set)).filter((line) => holdsFor(line, python)).map(withoutMarker);
  return pins.filter((pin) => packages[nameOf(pin)] !== pin.split('==')[1]).map(nameOf);
}

/** Blocks, as du(1) counts them; what another program takes away meanwhile counts nothing. */
async function sizeOf(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => null);
  if (facts === null) return 0;
  const own = facts.blocks * 512;
  if (!facts.isDirectory()) return own;
  let sum = own;
  for (const name of await readdir(path).catch(() => [])) sum += await sizeOf(join(path, name));
  return sum;
}
