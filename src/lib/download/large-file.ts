/**
 * A large file, fetched over days if need be: what has come stays beside what is known of it, and the next attempt, of this
 * process or of a later one, goes on there.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { singleQuoted } from '../../shell-words.js';
import { messageOf } from '../errno.js';
import { parseJson } from '../json.js';
import { makeFolder } from '../make-folder.js';
import { doubling, retry } from '../retry.js';
import type { Sleep } from '../wait.js';
import { writeAtomically } from '../write-atomically.js';
import { downloadError, isRetryable, shown } from './failures.js';
import { type FileFacts, Transfer } from './transfer.js';

export interface LargeFileOptions {
  /** In hexadecimal digits; null when nobody said it. */
  sha256: string | null;
  signal: AbortSignal;
  /** Called before anything is written, with the bytes that are still to come; a rejection ends the download. */
  assertSpace(missingBytes: number, totalBytes: number): Promise<void>;
  /** As bytes come. */
  onBytes?(have: number, total: number | null): void;
  /** A line for a person: a further attempt, a check. */
  onNote?(text: string): void;
  /** Milliseconds without a byte after which an attempt has failed. Default 60 s. */
  stallMs?: number;
  sleep?: Sleep;
}

/** In a row, without getting further. */
const ATTEMPTS = 5;
const FURTHER_BYTES = 2 ** 20;
const STALL_MS = 60_000;
/** An attempt that is alive writes more often than that, waits between attempts included. */
const BUSY_MS = 3 * 60_000;

const stateSchema = z.object({
  url: z.string(),
  /** The process that fetches it, or did. */
  pid: z.int(),
  validator: z.string().nullable(),
  total: z.int().nonnegative().nullable(),
});

/**
 * Makes `part` the whole file at `url`, and sees to its checksum. A part that is there is gone on with; one of a
 * file that has changed meanwhile, or at a server that cannot go on, is begun anew. Throws E_DOWNLOAD_FAILED, also while another process is at it,
 * E_DISK_FULL, E_NO_PERMISSION, E_CONFIG (the proxy), or the signal's reason; what has come stays.
 */
export async function downloadLargeFile(url: string, part: string, options: LargeFileOptions): Promise<void> {
  const { signal, sha256 } = options;
  try {
    await makeFolder(dirname(part));
    const known = await readState(part);
    await assertIdle(part, known?.pid);
    await fetchRest(url, part, known, options);
    if (sha256 !== null) await checkSum(url, part, sha256, options);
  } catch (error) {
    signal.throwIfAborted();
    throw downloadError(url, part, error, ATTEMPTS);
  }
}

/** Takes the part away, with what is known of it. */
export async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(stateFile(part), { force: true });
}

async function fetchRest(
  url: string,
  part: string,
  known: State | null,
  options: LargeFileOptions,
): Promise<void> {
  const { signal, stallMs = STALL_MS, onBytes, onNote, assertSpace } = options;
  await using file = await open(part, 'a');
  const size = async () => (await file.stat()).size;
  const have = await size();
  if (known?.url === url && known.total === have) return;
  const facts = have === 0 ? null : beginningOf(url, known);
  const transfer = new Transfer(url, file, {
    signal,
    stallMs,
    onBytes,
    trustSize: true,
    ...(facts === null ? {} : { facts }),
    async onFacts({ validator, total }, start) {
      if (total !== null) await assertSpace(total - start, total);
      await writeState(part, { url, pid: process.pid, validator, total });
    },
  });
  let reached = have;
  await retry(() => transfer.attempt(), {
    attempts: ATTEMPTS,
    delayMs: doubling(1000, 30_000),
    signal,
    isRetryable,
    async gotFurther() {
      const now = await size();
      const further = now >= reached + FURTHER_BYTES;
      reached = Math.max(reached, now);
      return further;
    },
    onRetry: (error) => onNote?.(`the download broke off and goes on: ${messageOf(error)}`),
    ...(options.sleep ? { sleep: options.sleep } : {}),
  });
}

/** What the part is taken for the beginning of; null when it is to be begun anew. */
function beginningOf(url: string, known: State | null): FileFacts | null {
  // Nobody of us wrote it; where the size fits, the checksums within the file say whether it does.
  if (known === null) return { validator: null, total: null };
  if (known.total === null) return null;
  // Another server's, such as a mirror's: its word for the file is another one.
  return known.url === url ? known : { validator: null, total: known.total };
}

type State = z.infer<typeof stateSchema>;

function stateFile(part: string): string {
  return `${part}.json`;
}

async function readState(part: string): Promise<State | null> {
  const text = await readFile(stateFile(part), 'utf8').catch(() => '');
  return parseJson(text, stateSchema) ?? null;
}

async function writeState(part: string, state: State): Promise<void> {
  await writeAtomically(stateFile(part), `${JSON.stringify(state)}\n`);
}

/** Two that write to one part would make nonsense of it. */
async function assertIdle(part: string, pid: number | undefined): Promise<void> {
  if (pid === undefined || pid === process.pid || !isAlive(pid)) return;
  const written = await stat(part).catch(() => null);
  // The number of a process that is gone may be another's by now.
  if (written === null || Date.now() - written.mtimeMs > BUSY_MS) return;
  throw new ArpoEnvError({
    code: 'E_DOWNLOAD_FAILED',
    message: `process ${pid} is downloading to ${part}`,
    fix: `wait for it, or end it: kill ${pid}`,
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function checkSum(
  url: string,
  part: string,
  expected: string,
  { signal, onNote }: LargeFileOptions,
): Promise<void> {
  onNote?.('checking its SHA-256');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(part, { signal })) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === expected.toLowerCase()) return;
  throw new ArpoEnvError({
    code: 'E_DOWNLOAD_FAILED',
    message: `what ${shown(url)} answered does not have the checksum that is wanted: its SHA-256 is ${found}`,
    fix: `correct the checksum, or have it downloaded again: rm ${singleQuoted(part)}`,
  });
}
