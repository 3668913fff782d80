/** Where getters write: nowhere but in the task's cache folder. */
import { resolve, sep } from 'node:path';
import type { EvaluationContext } from '../../judge.js';

/** The path of `name` in the cache folder. Throws when `name`, which comes from the task, would lead out of it. */
export function cachePath(context: EvaluationContext, name: string): string {
  const folder = resolve(context.cacheDir);
  const path = resolve(folder, name);
  if (path.startsWith(folder + sep)) return path;
  throw new Error(`"${name}" is not the name of a file in the task's cache folder`);
}
