/** A setting that a command found out is kept for all later ones: in the config file that counts, or in a new one. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../lib/file-error.js';
import { writeAtomically } from '../lib/write-atomically.js';
import { holdsSetting, type Setting, setInRecord, withSettings } from './set-in-text.js';
import { writeConfigFile } from './write-file.js';

export interface KeptSetting {
  /** The config file. */
  file: string;
  /** `program`: it is one, which nobody but its author changes. */
  outcome: 'written' | 'as it was' | 'program';
}

/** `file`: the one that was loaded; null where there is none, and one is made in `folder`. Throws E_NO_PERMISSION, E_DISK_FULL. */
export async function keepSetting(
  file: string | null,
  folder: string,
  setting: Setting,
): Promise<KeptSetting> {
  if (file === null) return writeNew(join(folder, 'arpo-env.config.yaml'), setting);
  try {
    const text = await readFile(file, 'utf8');
    if (holdsSetting(text, file, setting)) return { file, outcome: 'as it was' };
    const changed = withSettings(text, file, [setting]);
    if (changed === null) return { file, outcome: 'program' };
    const target = await realpath(file);
    await writeAtomically(target, changed, (await stat(target)).mode & 0o777);
    return { file, outcome: 'written' };
  } catch (error) {
    throw fileError(error, file);
  }
}

async function writeNew(path: string, setting: Setting): Promise<KeptSetting> {
  const settings = {};
  setInRecord(settings, setting.path, setting.value);
  await writeConfigFile({ path, settings, force: false }).catch((error) => {
    throw fileError(error, path);
  });
  return { file: path, outcome: 'written' };
}
