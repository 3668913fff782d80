/** The config of one run: defaults, under the config file, under .env, under the environment, under flags. */

import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse as parseDotEnv } from 'dotenv';
import { ArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';
import { shellQuote, singleQuoted } from '../shell-words.js';
import { readConfigFile } from './config-file.js';
import { environmentLayer } from './environment.js';
import {
  type FlagNames,
  flagLayer,
  type Layer,
  mergeLayers,
  normalizeLayer,
  sourceIn,
  type ValueSource,
} from './layers.js';
import { type ConfigSection, configOutline, fieldsOf } from './outline.js';
import { configError } from './problems.js';
import { type Config, configSchema } from './schema.js';

export interface LoadOptions {
  /** Where the search for a config file starts, where `.env` is read and where relative paths of flags start. */
  cwd: string;
  /** Use this file instead of searching one. */
  configFile?: string;
  /** Usually `process.env`; never changed. */
  env: Readonly<Record<string, string | undefined>>;
  /** A partial config in the schema's shape; undefined values count as absent, texts are read as numbers where needed. */
  flags?: Record<string, unknown>;
  /** Which flag sets which of their fields. */
  flagNames?: FlagNames;
}

export interface LoadedConfig {
  config: Config;
  /** For each field's path, such as `server.port`, where its value came from. */
  sources: Readonly<Record<string, ValueSource>>;
  /** The config file that was used, or null. */
  file: string | null;
  /** What is not wrong enough to stop: unknown ARPO_ENV_* variables, files with secrets that others may read. */
  warnings: string[];
}

/** Throws one E_CONFIG that names every wrong setting. */
export async function loadConfig({
  cwd,
  configFile,
  env,
  flags = {},
  flagNames = {},
}: LoadOptions): Promise<LoadedConfig> {
  const outline = configOutline();
  const layers: Layer[] = [];

  const file = await readConfigFile(cwd, configFile);
  if (file !== null) {
    const folder = dirname(file.path);
    const values = normalizeLayer(outline, file.values, { folder, fromText: false });
    layers.push({ values, sourceOf: () => ({ kind: 'file', file: file.label }) });
  }
  const dotEnvFile = join(resolve(cwd), '.env');
  const dotEnv = environmentLayer(outline, await readDotEnv(dotEnvFile), { folder: cwd, file: dotEnvFile });
  const environment = environmentLayer(outline, env, { folder: cwd });
  layers.push(dotEnv.layer, environment.layer, flagLayer(outline, flags, cwd, flagNames));

  const config = parseLayers(outline, layers);
  const fields = fieldsOf(outline);
  const sources = Object.fromEntries(fields.map((field) => [field.path, sourceIn(layers, field)]));
  const secretSources = fields.filter(({ secret }) => secret).map(({ path }) => sources[path]);
  return {
    config,
    sources,
    file: file?.path ?? null,
    warnings: [...dotEnv.warnings, ...environment.warnings, ...(await openSecrets(secretSources))],
  };
}

/** The config that the layers make together; what none of them sets has its default. Throws E_CONFIG. */
export function parseLayers(outline: ConfigSection, layers: readonly Layer[]): Config {
  const parsed = configSchema.safeParse(mergeLayers(layers));
  if (!parsed.success) throw configError(outline, layers, parsed.error.issues);
  return parsed.data;
}

async function readDotEnv(path: string): Promise<Record<string, string>> {
  try {
    return parseDotEnv(await readFile(path));
  } catch (error) {
    const code = errno(error);
    if (code === 'ENOENT' || code === 'EISDIR') return {}; // a folder of that name is somebody's Python venv
    throw new ArpoEnvError(
      {
        code: 'E_CONFIG',
        message: `${path} may not be read by this user (${code})`,
        fix: `check the permissions: ls -l ${singleQuoted(path)}`,
      },
      { cause: error },
    );
  }
}

/** A warning for each file that sets a secret and that others than its owner may read. */
async function openSecrets(sources: readonly (ValueSource | undefined)[]): Promise<string[]> {
  const files = new Set(sources.flatMap((source) => (source && 'file' in source ? [source.file] : [])));
  const warnings = [...files].map(async (label) => {
    const path = label.replace(/#arpo-env$/, '');
    const others = process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0;
    return others
      ? [`${path} holds a token and others may read it; fix it with: chmod 600 ${shellQuote(path)}`]
      : [];
  });
  return (await Promise.all(warnings)).flat();
}
