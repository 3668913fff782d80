import { existsSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';
import { singleQuoted } from '../shell-words.js';
import { type FlagNames, flagLayer, type RawConfig } from './layers.js';
import { type LoadedConfig, loadConfig, parseLayers } from './load.js';
import { configOutline } from './outline.js';
import { configTemplate } from './template.js';

export interface NewConfigFile {
  /** Absolute; ends in .yaml or .yml. */
  path: string;
  /** A partial config in the schema's shape, values as texts or as in the file. */
  settings: RawConfig;
  /** Which flag gave which of them. */
  flagNames?: FlagNames;
  /** Replace a file that is there already. */
  force: boolean;
}

/** Throws E_USAGE when no config file can be written there; asked before a person answers questions for nothing. */
export function checkNewFile({ path, force }: Pick<NewConfigFile, 'path' | 'force'>): void {
  if (!['.yaml', '.yml'].includes(extname(path))) {
    const message = `${path} does not end in .yaml, and YAML is what init writes`;
    throw unusable(message, 'arpo-env init --out arpo-env.config.yaml');
  }
  if (!force && existsSync(path)) throw alreadyThere(path);
}

/**
 * Writes a commented config file and loads it, so that what was written holds. Throws E_CONFIG for a wrong setting
 * before anything is written, E_USAGE for a path that cannot be used, and the system's own errors.
 */
export async function writeConfigFile({
  path,
  settings,
  flagNames,
  force,
}: NewConfigFile): Promise<LoadedConfig> {
  checkNewFile({ path, force });
  const outline = configOutline();
  const layer = flagLayer(outline, settings, dirname(path), flagNames);
  parseLayers(outline, [layer]);
  await (force ? writeFile : create)(path, configTemplate(layer.values)).catch((error: unknown) => {
    throw explained(error, path);
  });
  return loadConfig({ cwd: dirname(path), configFile: path, env: {} });
}

/** Leaves nothing when it fails half way, as on a full disk. */
async function create(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function explained(error: unknown, path: string): unknown {
  const code = errno(error);
  if (code === 'EEXIST') return alreadyThere(path);
  if (code === 'EISDIR') return unusable(`${path} is a folder`, 'name a file with --out');
  if (code === 'ENOENT')
    return unusable(`the folder of ${path} does not exist`, `mkdir -p ${singleQuoted(dirname(path))}`);
  return error;
}

function alreadyThere(path: string): ArpoEnvError {
  return unusable(
    `${path} is there already`,
    'look at it with `arpo-env config print`, or replace it with --force',
  );
}

function unusable(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_USAGE', message, fix });
}
