/** Host folders of running episodes, next to the downloads that tasks share (`<cacheDir>/downloads`). */

import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sendSignal } from '../host/process.js';
import { fileError } from '../lib/file-error.js';
import { makeFolder } from '../lib/make-folder.js';

/** Names `count` folders that nobody else uses, and removes those of processes that were killed. */
export async function episodeDirs(cacheDir: string, count: number): Promise<string[]> {
  try {
    await makeFolder(cacheDir);
    const orphans = (await readdir(cacheDir)).filter(isOrphan);
    await Promise.all(orphans.map((name) => rm(join(cacheDir, name), { recursive: true, force: true })));
  } catch (error) {
    throw fileError(error, cacheDir);
  }
  const prefix = join(cacheDir, `episode-${process.pid}-${randomBytes(4).toString('hex')}`);
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function isOrphan(name: string): boolean {
  const pid = /^episode-(\d+)-/.exec(name)?.[1];
  return pid !== undefined && sendSignal(Number(pid), 0) === 'gone';
}
