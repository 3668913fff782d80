/** Steps that put files into the guest: download, upload_file. */

import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { doubling, retry } from '../../lib/retry.js';
import { cachedDownload } from './download-cache.js';
import { guestPath, type SetupContext, step } from './step-kind.js';

/** OSWorld uploads a download once and an `upload_file` three times; an upload can be repeated, so ours are all the latter. */
const UPLOAD_ATTEMPTS = 3;

export const download = step(
  z.strictObject({
    files: z.array(
      z.strictObject({
        url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
        path: guestPath,
      }),
    ),
  }),
  async ({ files }, context) => {
    for (const { url, path } of files) {
      await upload(await cachedDownload(url, path, context), path, context);
    }
  },
);

export const uploadFile = step(
  z.strictObject({ files: z.array(z.strictObject({ local_path: z.string().min(1), path: guestPath })) }),
  async ({ files }, context) => {
    for (const { local_path, path } of files) {
      await upload(await localFile(local_path, context), path, context);
    }
  },
);

async function upload(
  localPath: string,
  path: string,
  { agent, signal, onProgress }: SetupContext,
): Promise<void> {
  await retry(() => agent.uploadFile(path, localPath, { signal }), {
    attempts: UPLOAD_ATTEMPTS,
    delayMs: doubling(1000, 10_000),
    signal,
    onRetry: (error) => onProgress?.(`upload of ${path} failed, trying again: ${messageOf(error)}`),
  });
}

/**
 * A task comes from outside and must not read this machine's files (`~/.ssh`, say) into a guest that a model steers,
 * so its local files live in the cache folder, symbolic links resolved.
 */
async function localFile(localPath: string, { cacheDir }: SetupContext): Promise<string> {
  const root = dirname(resolve(cacheDir));
  const fix = `copy the file into ${root} and give its path relative to that folder`;
  let file: string;
  try {
    file = await realpath(resolve(root, localPath));
  } catch (error) {
    const message = `the file ${localPath} to upload cannot be read: ${messageOf(error)}`;
    throw new ArpoEnvError({ code: 'E_TASK_INVALID', message, fix }, { cause: error });
  }
  const inside = relative(await realpath(root), file);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    const message = `the file ${localPath} to upload is outside ${root}`;
    throw new ArpoEnvError({ code: 'E_TASK_INVALID', message, fix });
  }
  return file;
}
