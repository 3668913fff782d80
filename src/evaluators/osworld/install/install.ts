/**
 * Carries an installation out, step by step. Each step leaves what it did where the next run finds it, whatever ends this
 * one; `installed.json` is written last, and without it nothing counts.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArpoEnvError } from '../../../errors.js';
import { fileError } from '../../../lib/file-error.js';
import { writeAtomically } from '../../../lib/write-atomically.js';
import {
  hasModels,
  type Installed,
  installedPackages,
  nameOf,
  type PackageSet,
  placesIn,
  readInstallation,
  readInstalled,
  requirementLines,
  sitePackages,
} from '../installation.js';
import { claimFolder } from './folder.js';
import { copyModels, fetchingModels, nameModelFolder, wantsModels } from './models.js';
import { type InstallPlan, type InstallRequest, venvVersion } from './plan.js';
import { runTool } from './run-tool.js';
import { OSWORLD_PIN, TORCH_PACKAGES } from './sets.js';
import { installing, makingVenv, type PackageSource, readProgress } from './tool.js';
import { forgetDamaged, missingRequirements } from './whole.js';

export interface InstallOutcome {
  dir: string;
  set: PackageSet;
  python: string;
  packages: number;
  /** What is installed and cannot be used all the same. */
  warnings: string[];
}

interface Run extends InstallRequest {
  plan: InstallPlan;
  onProgress(text: string): void;
  /** Reads what the tool says of packages. */
  count(line: string): void;
}

/** So many at once: what a run has installed stays when it is ended. */
const BATCH = 12;
const QUICK_LIMIT_MS = 10 * 60_000;

/** Throws E_EVALUATORS_INSTALL, E_DISK_FULL, E_NO_PERMISSION, or the signal's reason. */
export async function install(
  request: InstallRequest,
  plan: InstallPlan,
  onProgress: (text: string) => void,
): Promise<InstallOutcome> {
  const run = { ...request, plan, onProgress, count: counter(plan.missing, onProgress) };
  const core = await coreOf(request, plan);
  await using _lock = await claimFolder(plan.dir);
  try {
    if (core === null) return await installWhole(run);
    if (!(await isInstalled(core))) await installWhole({ ...run, plan: core });
    return await installMore(run);
  } catch (error) {
    request.signal.throwIfAborted();
    throw fileError(error, plan.dir);
  }
}

/** What of it is installed first and counts by itself: what comes from other indexes may not be to be had here. */
async function coreOf({ requirements }: InstallRequest, plan: InstallPlan): Promise<InstallPlan | null> {
  if (plan.set === 'core' || requirements !== null) return null;
  return { ...plan, set: 'core', requirements: await requirementLines('core') };
}

async function isInstalled({ dir, requirements }: InstallPlan): Promise<boolean> {
  const installed = await readInstalled(dir);
  if (installed === null || (await readInstallation({ dir })).problems.length > 0) return false;
  return (await missingRequirements(placesIn(dir).venv, requirements, installed.python)).length === 0;
}

async function installWhole(run: Run): Promise<InstallOutcome> {
  await rm(placesIn(run.plan.dir).installed, { force: true });
  const python = await ensureVenv(run);
  await installPackages(run, python);
  await installOsworld(run);
  return complete(run, python);
}

/** Beside what counts already. */
async function installMore(run: Run): Promise<InstallOutcome> {
  try {
    const python = await ensureVenv(run);
    await installPackages(run, python);
    return await complete(run, python);
  } catch (error) {
    if (!(error instanceof ArpoEnvError)) throw error;
    const { code, message, fix } = error;
    throw new ArpoEnvError(
      { code, message: `${message}; the set core is installed, and works without it`, fix },
      { cause: error },
    );
  }
}

async function complete(run: Run, python: string): Promise<InstallOutcome> {
  const warnings = await ensureModels(run);
  await compileAll(run);
  await assertWorking(run);
  return { ...(await finish(run, python)), warnings };
}

/** Answers its Python's version. */
async function ensureVenv(run: Run): Promise<string> {
  const { plan, machine, signal, onProgress } = run;
  const present = await venvVersion(plan.dir, plan.toolchain.tool === 'uv', machine, signal);
  if (present !== null) return present;
  onProgress('making a virtual environment');
  await runTool(makingVenv(plan.toolchain, plan.dir), source(run), run);
  const made = await venvVersion(plan.dir, plan.toolchain.tool === 'uv', machine, signal);
  if (made !== null) return made;
  throw new ArpoEnvError({
    code: 'E_EVALUATORS_INSTALL',
    message: `the virtual environment that ${plan.toolchain.python} made in ${plan.dir} does not run`,
    fix: 'install another Python: apt-get install python3 python3-venv',
  });
}

async function installPackages(run: Run, python: string): Promise<void> {
  const { plan, settings } = run;
  const { venv } = placesIn(plan.dir);
  await forgetDamaged(venv);
  const missing = await missingRequirements(venv, plan.requirements, python);
  const isTorch = (pin: string) => TORCH_PACKAGES.has(nameOf(pin));
  const torchSource: PackageSource = {
    ...source(run),
    indexUrl: settings.torchIndexUrl,
    field: 'evaluators.torchIndexUrl',
  };
  for (const batch of batches(
    missing.filter((pin) => !isTorch(pin)),
    run,
  ))
    await runTool(installing(plan.toolchain, plan.dir, batch, source(run)), source(run), run, run.count);
  const torch = missing.filter(isTorch);
  if (torch.length > 0)
    await runTool(installing(plan.toolchain, plan.dir, torch, torchSource), torchSource, run, run.count);
}

/** uv fetches all at once, and keeps what it has fetched. */
function batches(pins: readonly string[], { plan }: Run): string[][] {
  const size = plan.toolchain.tool === 'uv' ? Math.max(1, pins.length) : BATCH;
  const starts = Array.from({ length: Math.ceil(pins.length / size) }, (_none, index) => index * size);
  return starts.map((start) => pins.slice(start, start + size));
}

/** Says `package k of n` as each begins, and how much has come. */
function counter(total: number, onProgress: (text: string) => void): (line: string) => void {
  const names = new Set<string>();
  let bytes = 0;
  return (line) => {
    const progress = readProgress(line);
    bytes += progress?.bytes ?? 0;
    const soFar = () => `${names.size} of ${total}, ${Math.round(bytes / 1e6)} MB so far`;
    if (progress !== null && !names.has(progress.name)) {
      names.add(progress.name);
      onProgress(`package ${soFar()}: ${progress.name}`);
    } else if (/^Installing collected packages/.test(line)) {
      onProgress(`unpacking package ${soFar()}`);
    }
  };
}

/** PyPI's desktop-env without what it asks for, and of it the evaluators' package alone. */
async function installOsworld(run: Run): Promise<void> {
  const { plan, onProgress } = run;
  const { osworld } = placesIn(plan.dir);
  const draft = `${osworld}.new`;
  onProgress(`OSWorld's code: ${OSWORLD_PIN}`);
  await rm(draft, { recursive: true, force: true });
  await runTool(installing(plan.toolchain, plan.dir, [OSWORLD_PIN], source(run), draft), source(run), run);
  for (const name of await readdir(draft))
    if (name !== 'desktop_env') await rm(join(draft, name), { recursive: true });
  await rm(osworld, { recursive: true, force: true });
  await rename(draft, osworld);
}

/** Without them one task cannot be scored, which is known and refused: not worth losing the others for. */
async function ensureModels(run: Run): Promise<string[]> {
  const { plan, machine, signal, onProgress } = run;
  if (!wantsModels(plan.requirements)) return [];
  await nameModelFolder(plan.dir);
  if (await hasModels(plan.dir)) return [];
  onProgress("easyocr's models");
  if (plan.offline !== null) {
    await copyModels(plan.offline, plan.dir).catch(() => undefined);
  } else {
    const timeoutMs = QUICK_LIMIT_MS;
    await machine.follow(fetchingModels(plan.dir), { signal, timeoutMs, onLine: () => undefined });
  }
  if (await hasModels(plan.dir)) return [];
  return [
    plan.offline === null
      ? "easyocr's models cannot be fetched from github.com: the one task that needs it is refused until they are; run it again, or give them with --offline DIR"
      : `${plan.offline} has no craft_mlt_25k.pth and english_g2.pth: the one task that needs easyocr is refused`,
  ];
}

/** In a sandbox nothing can be written: what is not compiled now is compiled at each start of a worker. */
async function compileAll({ plan, machine, signal, onProgress }: Run): Promise<void> {
  const { venv, python, osworld } = placesIn(plan.dir);
  onProgress('compiling');
  const folders = [...(await sitePackages(venv)), osworld];
  const argv = [python, '-I', '-m', 'compileall', '-q', '-j', '0', ...folders] as const;
  // Some packages ship files for another Python, which do not compile: the exit code says nothing.
  await machine.follow(argv, { signal, timeoutMs: QUICK_LIMIT_MS, onLine: () => undefined });
}

/** Compiled parts that this machine cannot load are found now, and not by the first evaluation. */
const BINARY_MODULES: Record<string, string> = {
  numpy: 'numpy',
  pandas: 'pandas',
  lxml: 'lxml.etree',
  'opencv-python-headless': 'cv2',
  'scikit-image': 'skimage.metrics',
  pymupdf: 'fitz',
  rapidfuzz: 'rapidfuzz',
};

async function assertWorking({ plan, machine, signal, onProgress }: Run): Promise<void> {
  onProgress('trying them');
  const names = new Set(plan.requirements.map(nameOf));
  const modules = Object.entries(BINARY_MODULES).flatMap(([name, module]) =>
    names.has(name) ? [module] : [],
  );
  const argv = [
    placesIn(plan.dir).python,
    '-I',
    '-c',
    `import sys, ${['os', ...modules].join(', ')}`,
  ] as const;
  const { exitCode, stderr } = await machine.run(argv, { signal, timeoutMs: QUICK_LIMIT_MS });
  if (exitCode === 0) return;
  throw new ArpoEnvError({
    code: 'E_EVALUATORS_INSTALL',
    message: `the packages are installed in ${plan.dir} and do not work here: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    fix: 'install what it names, or another Python; then: arpo-env evaluators remove --yes && arpo-env evaluators install',
  });
}

async function finish({ plan }: Run, python: string): Promise<Omit<InstallOutcome, 'warnings'>> {
  const { installed, venv } = placesIn(plan.dir);
  const names = new Set(plan.requirements.map(nameOf));
  const packages = [...(await installedPackages(venv))].filter(([name]) => names.has(name)).sort();
  const record: Installed = {
    complete: true,
    set: plan.set,
    python,
    packages: Object.fromEntries(packages),
    osworld: { version: OSWORLD_PIN.split('==')[1] ?? '' },
  };
  await writeAtomically(installed, `${JSON.stringify(record, null, 2)}\n`);
  return { dir: plan.dir, set: plan.set, python, packages: packages.length };
}

function source({ plan, settings }: Run): PackageSource {
  return { offline: plan.offline, indexUrl: settings.indexUrl ?? null, field: 'evaluators.indexUrl' };
}
