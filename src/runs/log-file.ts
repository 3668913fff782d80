/** Log files of what runs in the background: made for this user alone, read from the end, followed. */
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../lib/make-folder.js';
import { sleep } from '../lib/wait.js';
import { stateError } from './state-error.js';

/** Logs that stay in the folder when a new one is made. */
const KEPT = 10;
const CHUNK_BYTES = 64 * 1024;
const FOLLOW_POLL_MS = 200;

export interface LogFile {
  path: string;
  handle: FileHandle;
}

/**
 * A new, empty log for `name`, readable by its owner only; the caller closes the handle. The oldest logs of that
 * name are removed, except those `inUse`.
 */
export async function createLogFile(
  folder: string,
  name: string,
  inUse: readonly string[],
): Promise<LogFile> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const path = join(folder, `${name}-${stamp}.log`);
  try {
    await makeFolder(folder, 0o700);
    const handle = await open(path, 'ax', 0o600);
    const old = (await logFiles(folder, name)).slice(KEPT).filter((file) => !inUse.includes(file));
    for (const file of old) await rm(file, { force: true });
    return { path, handle };
  } catch (error) {
    throw stateError(error, path, dirname(folder));
  }
}

/** Logs of `name`, newest first. */
export async function logFiles(folder: string, name: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  const own = files.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.log'));
  return own
    .sort()
    .reverse()
    .map((file) => join(folder, file));
}

/** The last `count` lines, read from the end, and the position after them: a week's log costs no more than a minute's. */
export async function readTail(path: string, count: number): Promise<{ lines: string[]; end: number }> {
  const handle = await open(path, 'r');
  try {
    const end = (await handle.stat()).size;
    let start = end;
    let tail = Buffer.alloc(0);
    while (start > 0 && lineBreaks(tail) <= count) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      tail = Buffer.concat([await readAt(handle, start, length), tail]);
    }
    const lines = tail.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return { lines: count === 0 ? [] : lines.slice(-count), end };
  } finally {
    await handle.close();
  }
}

/** Lines that are appended after `position`, until `signal` aborts. */
export async function* followLines(
  path: string,
  position: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const handle = await open(path, 'r');
  try {
    let next = position;
    let partial = Buffer.alloc(0);
    while (!signal.aborted) {
      const chunk = await readAt(handle, next, CHUNK_BYTES);
      next += chunk.length;
      const bytes = Buffer.concat([partial, chunk]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      partial = bytes.subarray(end);
      if (end > 0)
        yield* bytes
          .subarray(0, end - 1)
          .toString('utf8')
          .split('\n');
      if (chunk.length === 0) await sleep(FOLLOW_POLL_MS, signal).catch(() => undefined);
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const chunk = Buffer.alloc(length);
  const { bytesRead } = await handle.read(chunk, 0, length, position);
  return chunk.subarray(0, bytesRead);
}

function lineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
