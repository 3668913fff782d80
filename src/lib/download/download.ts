/** Files for tasks and the like, fetched by the host: resumed where the connection broke, whole or not there at all. */

import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../errno.js';
import { makeFolder } from '../make-folder.js';
import { doubling, retry } from '../retry.js';
import type { Sleep } from '../wait.js';
import { downloadError, isRetryable, shown } from './failures.js';
import { Transfer } from './transfer.js';

export interface DownloadOptions {
  signal: AbortSignal;
  /** One line for a person, every 8 MiB and at every further attempt. */
  onProgress?: (text: string) => void;
  /** Milliseconds without a byte after which an attempt has failed. Default 60 s. */
  stallMs?: number;
  sleep?: Sleep;
}

const MIB = 2 ** 20;
const PROGRESS_BYTES = 8 * MIB;
const ATTEMPTS = 3;
const STALL_MS = 60_000;
/** A transfer writes at least once per stall limit, so an older part belongs to a process that was killed. */
const ABANDONED_MS = 3_600_000;

/**
 * Fetches `url` (http or https; through the environment's proxy) into the file `destination`, making its folder. Any number of callers may fetch the same
 * destination at once without locks: each writes a part of its own, which takes the name only when it is complete.
 * Throws E_DOWNLOAD_FAILED, E_CONFIG (the proxy), E_DISK_FULL,
 * E_NO_PERMISSION, or the signal's reason.
 */
export async function downloadFile(
  url: string,
  destination: string,
  options: DownloadOptions,
): Promise<void> {
  const folder = dirname(destination);
  const part = join(folder, `${randomUUID()}.part`);
  try {
    await makeFolder(folder);
    await removeAbandonedParts(folder);
    await fetchInto(part, url, options);
    await rename(part, destination);
  } catch (error) {
    options.signal.throwIfAborted();
    throw downloadError(url, destination, error, ATTEMPTS);
  } finally {
    await rm(part, { force: true });
  }
}

async function fetchInto(part: string, url: string, options: DownloadOptions): Promise<void> {
  const { signal, onProgress, stallMs = STALL_MS } = options;
  await using file = await open(part, 'ax');
  let told = 0;
  const onBytes = (have: number, total: number | null) => {
    const steps = Math.floor(have / PROGRESS_BYTES);
    if (steps > told) onProgress?.(`downloaded ${mib(have)}${total === null ? '' : ` of ${mib(total)}`} MiB`);
    told = steps;
  };
  const transfer = new Transfer(url, file, { signal, stallMs, onBytes });
  await retry(() => transfer.attempt(), {
    attempts: ATTEMPTS,
    delayMs: doubling(1000, 10_000),
    signal,
    isRetryable,
    onRetry: (error, attempt) =>
      onProgress?.(
        `download of ${shown(url)}: attempt ${attempt} of ${ATTEMPTS} failed: ${messageOf(error)}`,
      ),
    ...(options.sleep ? { sleep: options.sleep } : {}),
  });
}

async function removeAbandonedParts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.part')) continue;
    const file = join(folder, name);
    const modified = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      // Its owner has just finished with it.
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - modified > ABANDONED_MS) await rm(file, { force: true });
  }
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
