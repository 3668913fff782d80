/** What an installation would do: which Python, which packages are missing, how much that is. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../../config/schema.js';
import { ArpoEnvError } from '../../../errors.js';
import type { Host } from '../../../host/host.js';
import { formatBytes } from '../../../ui/format.js';
import {
  evaluatorsFolder,
  hasModels,
  type PackageSet,
  placesIn,
  readInstallation,
  readInstalled,
  requirementLines,
} from '../installation.js';
import { holdsFor } from './markers.js';
import { wantsModels } from './models.js';
import { findToolchain, findUv, isFit, type Toolchain } from './python.js';
import { SET_FACTS } from './sets.js';
import { missingRequirements } from './whole.js';

export interface InstallRequest {
  settings: Config['evaluators'];
  set: PackageSet;
  /** Folder with wheels, in place of any index. */
  offline: string | null;
  /** File with the requirements, in place of the set's own: for tests. */
  requirements: string | null;
  machine: Host;
  signal: AbortSignal;
}

export interface InstallPlan {
  dir: string;
  set: PackageSet;
  toolchain: Toolchain;
  offline: string | null;
  /** All of the set's, with their markers. */
  requirements: readonly string[];
  /** How many packages are missing; all of them when there is no environment. */
  missing: number;
  nothingToDo: boolean;
  /** About how much is still to come, in bytes. */
  download: number;
  disk: number;
}

/** A cold Python on a busy machine. */
const LIMIT_MS = 30_000;

/** Throws E_EVALUATORS_INSTALL when no Python fits, E_DISK_FULL when there is too little room, E_USAGE for a folder that is not there. */
export async function planInstallation(request: InstallRequest): Promise<InstallPlan> {
  const { settings, machine, signal } = request;
  const dir = evaluatorsFolder(settings);
  const offline = request.offline === null ? null : await wheelFolder(resolve(request.offline), machine);
  const installed = await readInstalled(dir);
  // What is there of `all` stays there.
  const set = installed?.set === 'all' ? 'all' : request.set;
  const requirements =
    request.requirements === null ? await requirementLines(set) : await linesOf(request.requirements);
  const hasUv = await findUv(machine, signal);
  const version = await venvVersion(dir, hasUv, machine, signal);
  const toolchain =
    version === null
      ? await findToolchain(machine, { hasUv, offline: offline !== null, signal })
      : ({ tool: hasUv ? 'uv' : 'pip', python: placesIn(dir).python, version } as const);
  if (!('tool' in toolchain)) throw new ArpoEnvError(toolchain);
  const wanted = requirements.filter((line) => holdsFor(line, toolchain.version)).length;
  const missing =
    version === null ? wanted : (await missingRequirements(placesIn(dir).venv, requirements, version)).length;
  const { problems } = await readInstallation({ dir });
  const nothingToDo =
    problems.length === 0 &&
    installed?.set === set &&
    version !== null &&
    missing === 0 &&
    (!wantsModels(requirements) || (await hasModels(dir)));
  const share = missing / Math.max(1, wanted);
  const plan = {
    dir,
    set,
    toolchain,
    offline,
    requirements,
    missing,
    nothingToDo,
    download: SET_FACTS[set].download * share,
    disk: SET_FACTS[set].disk * share,
  };
  if (request.requirements === null) await assertRoom(plan, machine);
  return plan;
}

/** `3.11.7` of an environment that runs, that the tool at hand can go on with, and whose Python fits; else null. */
export async function venvVersion(
  dir: string,
  hasUv: boolean,
  machine: Pick<Host, 'run'>,
  signal: AbortSignal,
): Promise<string | null> {
  const look = `import sys${hasUv ? '' : ', pip'}; print(sys.version.split()[0], sys.prefix != sys.base_prefix)`;
  const argv = [placesIn(dir).python, '-I', '-c', look] as const;
  const { stdout, exitCode } = await machine.run(argv, { signal, timeoutMs: LIMIT_MS });
  const version = /^(\d+\.\d+\.\d+)\S* True$/.exec(stdout.trim())?.[1];
  return exitCode === 0 && version !== undefined && isFit(version) ? version : null;
}

async function wheelFolder(folder: string, machine: Pick<Host, 'stat'>): Promise<string> {
  if ((await machine.stat(folder))?.kind === 'folder') return folder;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `--offline ${folder} is not a folder`,
    fix: 'name a folder with the packages as wheels',
  });
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => /^\w/.test(line));
}

async function assertRoom({ dir, set, disk }: InstallPlan, machine: Pick<Host, 'freeBytes'>): Promise<void> {
  const free = await machine.freeBytes(dir);
  if (free >= disk) return;
  throw new ArpoEnvError({
    code: 'E_DISK_FULL',
    message: `the set ${set} takes ${formatBytes(disk)} in ${dir}, where ${formatBytes(free)} are free`,
    fix: 'free some space, or name a folder on a larger disk in the config: evaluators.dir',
  });
}
