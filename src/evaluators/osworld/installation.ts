/** What of OSWorld's evaluators is installed, and where. Looks only; `install/` is what changes it. */
import { access, constants, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import type { Problem } from '../../errors.js';
import { exists } from '../../lib/exists.js';
import { parseJson } from '../../lib/json.js';
import { userFolder } from '../../lib/own-folder.js';
import { packageFile } from '../../lib/package.js';
import { shellQuote } from '../../shell-words.js';

/** core: all but a few tasks. all: also those that hear and read pictures. */
export const SETS = ['core', 'all'] as const;
export type PackageSet = (typeof SETS)[number];

/** Only what a person pastes where something is missing. */
export const INSTALL_COMMAND = 'arpo-env evaluators install';

export interface Installation {
  /** Folder that is ours: the virtual environment, OSWorld's code, `installed.json`. */
  dir: string;
  /** What was asked for; null when nothing is installed, or not to its end. */
  set: PackageSet | null;
  /** The environment's interpreter; null when it is not there. */
  python: string | null;
  /** Names that PyPI knows them by, in lower case with `-`, of the packages that are there. */
  packages: ReadonlySet<string>;
  /** Folder with `desktop_env/` in it: the user's clone or PyPI's; null when it is not there. */
  osworld: string | null;
  /** Why it cannot be used, each with its fix; empty when it can. */
  problems: Problem[];
}

/** What the installer writes last: without it nothing counts as installed. */
export const installedSchema = z.object({
  complete: z.literal(true),
  set: z.enum(SETS),
  /** `3.11.7`. */
  python: z.string(),
  /** Versions by name. */
  packages: z.record(z.string(), z.string()),
  osworld: z.object({ version: z.string() }),
});
export type Installed = z.output<typeof installedSchema>;

export const MODELS = ['craft_mlt_25k.pth', 'english_g2.pth'];

/** Paths below the folder. */
export function placesIn(dir: string) {
  const venv = join(dir, 'venv');
  return {
    venv,
    python: join(venv, 'bin', 'python'),
    osworld: join(dir, 'osworld'),
    /** Of easyocr. */
    models: join(dir, 'easyocr'),
    installed: join(dir, 'installed.json'),
  };
}

export function evaluatorsFolder({ dir }: Pick<Config['evaluators'], 'dir'>): string {
  return dir ?? join(userFolder('data'), 'evaluators');
}

/** Never throws: what cannot be read is missing. */
export async function readInstallation(
  settings: Pick<Config['evaluators'], 'dir' | 'osworld'>,
): Promise<Installation> {
  const dir = evaluatorsFolder(settings);
  const places = placesIn(dir);
  const [installed, found, osworld, others] = await Promise.all([
    readInstalled(dir),
    interpreter(places.python),
    hasEvaluators(settings.osworld ?? places.osworld),
    openToOthers(dir),
  ]);
  // What somebody else may have put there is not run.
  const python = others === null ? found : null;
  const there = installed && python ? await installedPackages(places.venv) : new Map<string, string>();
  // Without its models it fails, which a metric of OSWorld's takes for a wrong answer.
  const usable = [...there.keys()];
  const readable = (await hasModels(dir)) ? usable : usable.filter((name) => name !== 'easyocr');
  const lost = Object.keys(installed?.packages ?? {}).filter((name) => !there.has(name));
  return {
    dir,
    set: installed?.set ?? null,
    python: installed && python ? places.python : null,
    packages: new Set(readable),
    osworld,
    problems: [
      ...(installed && others ? [others] : environmentProblems(dir, installed, python, lost)),
      ...(osworld === null && (installed || settings.osworld) ? [noEvaluators(settings.osworld, dir)] : []),
    ],
  };
}

/**
 * Why others could have their code run by whoever trusts the folder, and how that ends; null when they cannot. `isTrusted`:
 * who may own it.
 */
export async function openToOthers(dir: string, isTrusted = isOursOrRoots): Promise<Problem | null> {
  const facts = await stat(dir).catch(() => null);
  if (facts === null || process.platform === 'win32') return null;
  if ((facts.mode & 0o022) === 0 && isTrusted(facts.uid)) return null;
  return {
    code: 'E_NO_PERMISSION',
    message: `${dir} belongs to another user, or others may write to it`,
    fix: `chmod go-w ${shellQuote(dir)}; or name another folder in the config: evaluators.dir`,
  };
}

/** Root never runs what is in there: its workers are nobody's. */
function isOursOrRoots(owner: number): boolean {
  const self = process.getuid?.() ?? owner;
  return owner === self || owner === 0 || self === 0;
}

/** What was installed to its end; null without such a thing. */
export async function readInstalled(dir: string): Promise<Installed | null> {
  const text = await readFile(placesIn(dir).installed, 'utf8').catch(() => '');
  return parseJson(text, installedSchema) ?? null;
}

/**
 * Versions by name of the packages that are whole in a virtual environment: pip and uv write INSTALLER once all files of a
 * package are in place.
 */
export async function installedPackages(venv: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of await sitePackages(venv)) {
    for (const name of await readdir(folder).catch(() => [])) {
      const [, distribution = '', version = ''] = /^(.+)-([^-]+)\.dist-info$/.exec(name) ?? [];
      if (distribution === '' || !(await exists(join(folder, name, 'INSTALLER')))) continue;
      found.set(normalName(distribution), version);
    }
  }
  return found;
}

/** The environment's folder of packages; none when there is no environment. */
export async function sitePackages(venv: string): Promise<string[]> {
  const names = await readdir(join(venv, 'lib')).catch(() => []);
  return names
    .filter((name) => name.startsWith('python'))
    .map((name) => join(venv, 'lib', name, 'site-packages'));
}

/** What would be there if that set were installed. */
export async function assumedPackages(set: PackageSet): Promise<ReadonlySet<string>> {
  return new Set((await requirementLines(set)).map(nameOf));
}

/** The pinned requirements of a set, `name==version ; marker`, those of the sets below it included. */
export async function requirementLines(set: PackageSet): Promise<string[]> {
  const lines = (await readFile(requirementsFile(set), 'utf8')).split('\n').map((line) => line.trim());
  const included = lines.includes('-r core.txt') ? await requirementLines('core') : [];
  return [...included, ...lines.filter((line) => /^\w/.test(line))];
}

export function requirementsFile(set: PackageSet): string {
  return packageFile(`templates/evaluators/${set}.txt`);
}

/** The name of a line of requirements. */
export function nameOf(requirement: string): string {
  return normalName(/^[\w.-]+/.exec(requirement)?.[0] ?? '');
}

/** `PyPDF2` and `pdfminer.six` as indexes compare them (PEP 503). */
function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function environmentProblems(
  dir: string,
  installed: Installed | null,
  python: string | null,
  lost: readonly string[],
): Problem[] {
  const trouble = (message: string) => [
    { code: 'E_EVALUATORS_INSTALL', message, fix: INSTALL_COMMAND } as const,
  ];
  if (installed === null) return trouble(`OSWorld's evaluators are not installed in ${dir}`);
  if (python === null)
    return trouble(`${placesIn(dir).python} does not run: the Python that it was made from is gone`);
  const [, now] = /python(3\.\d+)$/.exec(python) ?? [];
  if (now !== undefined && !installed.python.startsWith(`${now}.`))
    return trouble(`${dir} was made for Python ${installed.python}, and its Python is ${now} by now`);
  if (lost.length === 0) return [];
  const more = lost.length > 3 ? ` and ${lost.length - 3} more` : '';
  return trouble(`${dir} lacks packages that were installed: ${lost.slice(0, 3).join(', ')}${more}`);
}

function noEvaluators(clone: string | undefined, dir: string): Problem {
  if (clone === undefined) {
    const message = `${placesIn(dir).osworld} has no desktop_env/evaluators`;
    return { code: 'E_EVALUATORS_INSTALL', message, fix: INSTALL_COMMAND };
  }
  return {
    code: 'E_EVALUATORS_INSTALL',
    message: `${clone}, which evaluators.osworld names, has no desktop_env/evaluators`,
    fix: "name the folder of a clone of OSWorld there, or leave it out to use PyPI's desktop-env",
  };
}

async function hasEvaluators(folder: string): Promise<string | null> {
  const modules = ['metrics', 'getters'].map((kind) => join(folder, 'desktop_env', 'evaluators', kind));
  const found = await Promise.all(modules.map((path) => exists(path)));
  return found.every(Boolean) ? folder : null;
}

/** Whether easyocr has what it reads pictures with: `easyocr.Reader(['en'])` loads these (easyocr 1.7, config.py). */
export async function hasModels(dir: string): Promise<boolean> {
  const found = await Promise.all(MODELS.map((name) => exists(join(placesIn(dir).models, 'model', name))));
  return found.every(Boolean);
}

/** The program that a virtual environment's `python` leads to; null when it leads nowhere. */
async function interpreter(path: string): Promise<string | null> {
  return access(path, constants.X_OK).then(
    () => realpath(path),
    () => null,
  );
}
