/** OSWorld's evaluators as they are installed at the moment, and the workers that run them. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { disposeInOrder } from '../../lib/once.js';
import { confinement } from './confine/confinement.js';
import type { Confinement } from './confine/contract.js';
import type { PythonWorkers } from './functions.js';
import { assumedPackages, type Installation, readInstallation } from './installation.js';
import type { Equipment } from './missing.js';
import { pythonWorkers } from './python-workers.js';

export type EvaluatorSettings = Pick<
  Config['evaluators'],
  'osworld' | 'dir' | 'workers' | 'timeLimit' | 'memoryLimit' | 'confine'
>;

export type StartWorkers = (
  installation: Installation,
  confinement: Confinement,
  settings: EvaluatorSettings,
) => PythonWorkers;

/** Disposing it ends the workers. */
export interface InstalledEvaluators extends AsyncDisposable {
  equipment(): Equipment;
  /** Of what is installed now. Only where the equipment is complete. */
  workers(): PythonWorkers;
  /** What to know of the sandbox: that it cannot be, or is not all that it should be. */
  warning(): string | null;
  /** Whether something was installed, replaced or removed meanwhile: it counts from now on; evaluations that run end as they began. */
  lookAgain(): Promise<boolean>;
}

interface InstalledOptions {
  /** Whether anybody will ask for workers. */
  isWanted: boolean;
  startWorkers?: StartWorkers | undefined;
}

export async function installedEvaluators(
  settings: EvaluatorSettings,
  { isWanted, startWorkers = startPython }: InstalledOptions,
): Promise<InstalledEvaluators> {
  const core = await assumedPackages('core');
  const started: PythonWorkers[] = [];
  let current: PythonWorkers | undefined;
  let place: Confinement | undefined;
  let installation = await look();
  let known = await fingerprint(installation);

  async function look(): Promise<Installation> {
    const found = await readInstallation(settings);
    // It takes its time, and only what is installed needs it.
    if (isWanted && found.python !== null) place ??= await confinement(settings);
    return found;
  }
  return {
    equipment: () => ({ installation, core, confinement: place ?? UNSEEN }),
    workers() {
      if (place === undefined) throw new Error('workers of what is not installed');
      if (current === undefined) {
        current = startWorkers(installation, place, settings);
        started.push(current);
      }
      return current;
    },
    warning: () => place?.problem?.message ?? place?.warning ?? null,
    async lookAgain() {
      const found = await look();
      const now = await fingerprint(found);
      if (now === known) return false;
      known = now;
      installation = found;
      current = undefined;
      return true;
    },
    [Symbol.asyncDispose]: () => disposeInOrder(started),
  };
}

const UNSEEN = { problem: null, taskCodeProblem: null };

const startPython: StartWorkers = ({ python, osworld }, { start }, settings) => {
  if (python === null || osworld === null) throw new Error('workers of what is not installed');
  const { workers, timeLimit, memoryLimit, osworld: clone } = settings;
  const repair =
    clone && `bring ${clone} in order, or leave evaluators.osworld out to use PyPI's desktop-env`;
  return pythonWorkers({ python, osworld, start, workers, timeLimitMs: timeLimit, memoryLimit, repair });
};

async function fingerprint({ python, osworld, packages, problems }: Installation): Promise<string> {
  // A worker keeps the folder that it was given: of another one in its place it sees nothing.
  const code = osworld && (await stat(join(osworld, 'desktop_env')).catch(() => null));
  const folder = code && [code.dev, code.ino, code.birthtimeMs];
  return JSON.stringify([python, osworld, folder, [...packages].sort(), problems]);
}
