/** The lists of tasks that a training config names: `data.train_files` and `data.val_files` (cluster-training.md §5). */
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';

const filesSchema = z
  .union([z.string(), z.array(z.string())])
  .nullish()
  .transform((files) => [files ?? []].flat().filter((file) => file !== ''));
const trainingSchema = z.looseObject({
  data: z.looseObject({ train_files: filesSchema, val_files: filesSchema }),
});

const MOST_BYTES = 1024 ** 2;

/** Throws E_USAGE when it names none, or none that is there. */
export async function trainingLists(path: string): Promise<string[]> {
  const { train_files, val_files } = await read(path);
  const named = [...new Set([...train_files, ...val_files])];
  if (named.length === 0)
    throw unusable(path, 'names no data.train_files', 'set data.train_files there, or name the list itself');
  const lists = await Promise.all(named.map(async (file) => ({ file, found: await find(path, file) })));
  return lists.map(({ file, found }) => {
    if (found !== null) return found;
    throw unusable(path, `names ${file}, which is not below its clone`, 'name the list itself');
  });
}

/** The training config of the clone that the config knows of, if it is on this machine. */
export async function knownTrainingConfig({ cluster, server, setup }: Config): Promise<string | null> {
  for (const clone of [cluster.repo, server.repo, setup.repoDir]) {
    if (clone === undefined) continue;
    const path = join(clone, cluster.trainingConfig);
    if (await isFile(path)) return path;
  }
  return null;
}

async function read(path: string) {
  const text = await stat(path)
    .then(({ size }) => {
      if (size > MOST_BYTES) throw unusable(path, 'is too large to be a training config');
      return readFile(path, 'utf8');
    })
    .catch((error: unknown) => {
      throw fileError(error, path);
    });
  try {
    const parsed = trainingSchema.safeParse(parse(text));
    if (parsed.success) return parsed.data.data;
  } catch (error) {
    throw unusable(path, `is not YAML: ${messageOf(error)}`);
  }
  throw unusable(path, 'is not a training config: it has no data.train_files');
}

/** The trainer runs in the root of its clone, somewhere above its config. */
async function find(config: string, file: string): Promise<string | null> {
  if (isAbsolute(file)) return (await isFile(file)) ? file : null;
  for (let folder = dirname(resolve(config)); ; folder = dirname(folder)) {
    const path = join(folder, file);
    if (await isFile(path)) return path;
    if (folder === dirname(folder)) return null;
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

function unusable(path: string, wrong: string, fix = 'name the list of tasks itself'): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_USAGE', message: `${path} ${wrong}`, fix });
}
