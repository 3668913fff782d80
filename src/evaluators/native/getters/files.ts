/** Getters of files: each leaves a file in the task's cache folder and gives its path to the metric. */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { downloadFile } from '../../../lib/download/download.js';
import { exists } from '../../../lib/exists.js';
import { fileError } from '../../../lib/file-error.js';
import { makeFolder } from '../../../lib/make-folder.js';
import type { EvaluationContext } from '../../judge.js';
import { PythonError } from '../../python/errors.js';
import { cachePath } from './cache-path.js';
import { getter } from './getter.js';

/** One file, or several as lists; `gives` says which of them the metric gets: one as a path, more as a list. */
const filesConfig = z
  .union([
    z.looseObject({ path: z.string(), dest: z.string() }),
    z.looseObject({ path: z.array(z.string()), dest: z.array(z.string()) }),
  ])
  .and(
    z.looseObject({
      gives: z.array(z.int().nonnegative()).default([0]),
      /** The reference can put the time into the name; no task asks for it. */
      time_suffix: z.literal(false).optional(),
    }),
  );

/** A file of the guest, or null when there is none at the path. */
export const vmFile = getter(filesConfig, (config, context) =>
  eachGiven(config, async (path, dest) => {
    const content = await context.agent.file(path, { signal: context.signal });
    return content === null ? null : saveInCache(context, dest, content);
  }),
);

/** A file from the web; one that is in the cache folder already, under the same name, is not fetched again. */
export const cloudFile = getter(filesConfig, (config, context) =>
  eachGiven(config, async (url, dest) => {
    const destination = cachePath(context, dest);
    if (!(await exists(destination))) await downloadFile(url, destination, { signal: context.signal });
    return destination;
  }),
);

/** What a set-up or postconfig step left in the cache folder: the output of `execute` with `stdout`. */
export const cacheFile = getter(z.looseObject({ path: z.string() }), async ({ path }, context) => {
  const file = cachePath(context, path);
  if (await exists(file)) return file;
  throw new PythonError(
    'AssertionError',
    `${path} is not in the cache folder: the step that writes it did not run or failed`,
  );
});

/** Writes a file in the cache folder and gives its path. */
export async function saveInCache(
  context: EvaluationContext,
  dest: string,
  content: Uint8Array,
): Promise<string> {
  const file = cachePath(context, dest);
  try {
    await makeFolder(dirname(file));
    await writeFile(file, content);
  } catch (error) {
    throw fileError(error, file);
  }
  return file;
}

/** Fetches all of them, in order; the paths of the given ones are the value. */
async function eachGiven(
  config: z.output<typeof filesConfig>,
  fetch: (path: string, dest: string) => Promise<string | null>,
): Promise<unknown> {
  const paths = [config.path].flat();
  const dests = [config.dest].flat();
  const given: (string | null)[] = [];
  for (const [index, path] of paths.entries()) {
    const dest = dests[index];
    if (dest === undefined) break;
    const file = await fetch(path, dest);
    if (config.gives.includes(index)) given.push(file);
  }
  return given.length === 1 ? given[0] : given;
}
