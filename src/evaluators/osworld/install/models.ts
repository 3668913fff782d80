/** What easyocr reads pictures with: models that it would fetch at its first use, where evaluators have no network. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv } from '../../../host/host.js';
import { MODELS, nameOf, placesIn, sitePackages } from '../installation.js';

export function wantsModels(requirements: readonly string[]): boolean {
  return requirements.some((line) => nameOf(line) === 'easyocr');
}

/** Makes easyocr look for them beside the environment, wherever a sandbox shows it. */
export async function nameModelFolder(dir: string): Promise<void> {
  await mkdir(modelFolder(dir), { recursive: true });
  await mkdir(join(placesIn(dir).models, 'user_network'), { recursive: true });
  const line =
    "import os, sys; os.environ.setdefault('EASYOCR_MODULE_PATH', os.path.join(os.path.dirname(sys.prefix), 'easyocr'))\n";
  for (const folder of await sitePackages(placesIn(dir).venv))
    await writeFile(join(folder, 'arpo_env_easyocr.pth'), line);
}

export function fetchingModels(dir: string): Argv {
  return [
    placesIn(dir).python,
    '-I',
    '-c',
    "import easyocr; easyocr.Reader(['en'], gpu=False, verbose=False)",
  ];
}

/** From a folder of the user's. Throws the system's error for one that is not there. */
export async function copyModels(from: string, dir: string): Promise<void> {
  for (const name of MODELS) await copyFile(join(from, name), join(modelFolder(dir), name));
}

function modelFolder(dir: string): string {
  return join(placesIn(dir).models, 'model');
}
