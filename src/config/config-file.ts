/** Finds and reads the config file; what is broken in it is told with file, line and column, never with its content. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { cosmiconfig, defaultLoaders } from 'cosmiconfig';
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { errno, messageOf } from '../lib/errno.js';
import { parseJson } from '../lib/json.js';
import { singleQuoted } from '../shell-words.js';
import { isRecord, type RawConfig } from './layers.js';

/** In the order in which they are tried in each folder. */
export const CONFIG_FILE_NAMES = [
  ...['yaml', 'yml', 'json', 'js', 'ts'].map((extension) => `arpo-env.config.${extension}`),
  '.arpo-envrc',
  ...['yaml', 'yml', 'json', 'js', 'ts'].map((extension) => `.arpo-envrc.${extension}`),
  'package.json',
];

/** What js-yaml says of a document that it cannot read. */
const yamlErrorSchema = z.object({
  reason: z.string(),
  mark: z.object({ line: z.number(), column: z.number() }),
});

export interface ConfigFile {
  path: string;
  /** `path`, with `#arpo-env` when it is a package.json. */
  label: string;
  values: RawConfig;
}

/**
 * The file that is named, else the first one found from `folder` upwards, to the home directory or the root; null when
 * there is none. Throws E_CONFIG when it cannot be read.
 */
export async function readConfigFile(folder: string, named?: string): Promise<ConfigFile | null> {
  if (named !== undefined) {
    const path = resolve(folder, named);
    const file = await load(path);
    if (file !== null) return file;
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${path} has no key "arpo-env"`,
      fix: 'put the settings under "arpo-env", or name another file with --config',
    });
  }
  for (const path of candidates(folder)) {
    const file = await load(path);
    if (file !== null) return file;
  }
  return null;
}

function candidates(folder: string): string[] {
  return upwards(resolve(folder))
    .flatMap((parent) => CONFIG_FILE_NAMES.map((name) => join(parent, name)))
    .filter((path) => existsSync(path));
}

function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder || folder === homedir() ? [folder] : [folder, ...upwards(parent)];
}

/** Null when it is a package.json without our key. */
async function load(path: string): Promise<ConfigFile | null> {
  const isPackage = basename(path) === 'package.json';
  const label = isPackage ? `${path}#arpo-env` : path;
  const content: unknown = await parse(path);
  if (isRecord(content)) return { path, label, values: content };
  if (content === undefined || content === null) return isPackage ? null : { path, label, values: {} };
  throw new ArpoEnvError({
    code: 'E_CONFIG',
    message: `${label} holds ${Array.isArray(content) ? 'a list' : `a ${typeof content}`}, not settings`,
    fix: 'write keys and values, e.g. `provider: docker`; `arpo-env init --out example.yaml` shows all of them',
  });
}

/** Undefined or null when the file has comments only, or is a package.json without our key. */
async function parse(path: string): Promise<unknown> {
  try {
    if (basename(path) === 'package.json') {
      // cosmiconfig's own reader of a package.json quotes it in its errors.
      const manifest = loadJson(path, await readFile(path, 'utf8'));
      return isRecord(manifest) ? manifest['arpo-env'] : undefined;
    }
    const explorer = cosmiconfig('arpo-env', {
      loaders: { '.json': loadJson, '.js': loadModule, '.ts': loadModule },
      cache: false,
    });
    return (await explorer.load(path))?.config;
  } catch (error) {
    const { wrong, fix = 'correct the file, or name another one with --config' } = whatIsBroken(error, path);
    throw new ArpoEnvError({ code: 'E_CONFIG', message: `${path}${wrong}`, fix }, { cause: error });
  }
}

/** JSON's own parser does not say where it stopped; YAML's does, and reads JSON too (a trailing comma included). */
function loadJson(path: string, content: string): unknown {
  const document = parseJson(content);
  return document === undefined ? defaultLoaders['.yaml'](path, content) : document;
}

async function loadModule(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false }).import(path, { default: true });
}

/** What follows the path: `:3:7: reason` for YAML, whose own message quotes lines that may hold a token. */
function whatIsBroken(error: unknown, path: string): { wrong: string; fix?: string } {
  const { data: yaml } = yamlErrorSchema.safeParse(error);
  if (yaml) return { wrong: `:${yaml.mark.line + 1}:${yaml.mark.column + 1}: ${yaml.reason}` };
  const code = errno(error);
  if (code === 'ENOENT')
    return { wrong: ' does not exist', fix: 'arpo-env init writes a config file; name one with --config' };
  if (code === 'EACCES')
    return {
      wrong: ' may not be read by this user',
      fix: `check the permissions: ls -l ${singleQuoted(path)}`,
    };
  if (code === 'EISDIR') return { wrong: ' is a folder', fix: 'name a file with --config' };
  return { wrong: ` cannot be loaded: ${messageOf(error).replace(/\s+/g, ' ').trim()}` };
}
