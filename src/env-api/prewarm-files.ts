/** The files of `arpo-env prewarm`: the task that it resets with, the screenshot that it brings back. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { errno, messageOf } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';
import { makeFolder } from '../lib/make-folder.js';

/** The file's JSON as it is: what a task must have is the server's to say. Throws E_USAGE. */
export async function readTaskFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ArpoEnvError(
      {
        code: 'E_USAGE',
        message: `the task file ${path} ${whatIsWrong(error)}`,
        fix: 'give the JSON file of one OSWorld task, e.g. evaluation_examples/examples/chrome/<id>.json',
      },
      { cause: error },
    );
  }
}

function whatIsWrong(error: unknown): string {
  const code = errno(error);
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder';
  return code === undefined ? `is not JSON: ${messageOf(error)}` : `cannot be read: ${messageOf(error)}`;
}

/** Returns the absolute path. Throws E_NO_PERMISSION or E_DISK_FULL. */
export async function writeImage(path: string, image: Uint8Array): Promise<string> {
  const file = resolve(path);
  try {
    await makeFolder(dirname(file));
    await writeFile(file, image);
    return file;
  } catch (error) {
    throw fileError(error, file);
  }
}
