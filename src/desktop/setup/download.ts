/** Files of tasks, fetched by the host: resumed where the connection broke, whole or not there at all. */

import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RequestError } from 'got';
import { ArpoEnvError } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import { doubling, retry } from '../../lib/retry.js';
import type { Sleep } from '../../lib/wait.js';
import { BrokenTransfer, HttpStatus, Transfer } from './transfer.js';

export interface DownloadOptions {
  signal: AbortSignal;
  /** One line for a person, every 8 MiB and at every further attempt. */
  onProgress?: (text: string) => void;
  /** Milliseconds without a byte after which an attempt has failed. Default 60 s. */
  stallMs?: number;
  sleep?: Sleep;
}

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
    throw downloadError(url, destination, error);
  } finally {
    await rm(part, { force: true });
  }
}

async function fetchInto(part: string, url: string, options: DownloadOptions): Promise<void> {
  const { signal, onProgress, stallMs = STALL_MS } = options;
  await using file = await open(part, 'ax');
  const transfer = new Transfer(url, file, { signal, stallMs, ...(onProgress ? { onProgress } : {}) });
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

/** A request that the server understood and refused stays refused; files of ours that cannot be written, too. */
function isRetryable(error: unknown): boolean {
  if (error instanceof HttpStatus) return error.status >= 500 || [408, 425, 429].includes(error.status);
  return error instanceof RequestError || error instanceof BrokenTransfer;
}

function downloadError(url: string, destination: string, error: unknown): unknown {
  if (error instanceof ArpoEnvError) return error;
  const name = shown(url);
  if (error instanceof HttpStatus) {
    return failed(
      `${name} answered ${error.message}`,
      error.status < 500
        ? 'the file was moved or withdrawn, or needs a login: open the URL in a browser, and fix the task'
        : `the server has trouble: try again later, and look with curl -sSIL '${name}'`,
      error,
    );
  }
  if (error instanceof RequestError || error instanceof BrokenTransfer) {
    return failed(
      `${name} could not be downloaded in ${ATTEMPTS} attempts: ${error.message}`,
      `check this machine's network: curl -sSIL '${name}'`,
      error,
    );
  }
  return fileError(error, destination);
}

function failed(message: string, fix: string, cause: unknown): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_DOWNLOAD_FAILED', message, fix }, { cause });
}

/** Without user, password and query, which can be secrets; safe between single quotes. */
function shown(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`.replaceAll("'", '%27');
}
