/** Where a desktop's agent listens: the first line that it says. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { lastLogLines } from '../../desktop/readiness.js';
import { ArpoEnvError } from '../../errors.js';
import { type Listening, listeningSchema } from '../../guest/sandbox/doors.js';
import { parseJson } from '../../lib/json.js';
import { ownProblemSchema } from '../../lib/problem.js';
import { readTail } from '../../runs/log-file.js';

/** Or, as every command of ours prints it with --json, why it does not listen. */
const failureSchema = z.object({
  error: ownProblemSchema,
});

interface Awaited {
  stdout: Readable;
  /** Resolves with how it ended. */
  ended: Promise<string>;
  /** File with its last words. */
  log: string;
  signal: AbortSignal;
}

const LISTEN_LIMIT_MS = 30_000;
const SHOWN_LINES = 20;

/** Resolves when it listens; rejects with its own error, or E_BOOT_FAILED with its last words. */
export async function whereItListens({ stdout, ended, log, signal }: Awaited): Promise<Listening> {
  const line = await withinLimit(firstLine(stdout), signal);
  const document = parseJson(line ?? '');
  const ownError = failureSchema.safeParse(document);
  if (ownError.success) throw new ArpoEnvError(ownError.data.error);
  const parsed = listeningSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const how =
    line === undefined
      ? `said nothing for ${LISTEN_LIMIT_MS / 1000} s`
      : line === null
        ? `ended ${await ended}`
        : `said ${line}`;
  const lastLines = await lastLogLines(
    async (tail) => (await readTail(log, tail)).lines.join('\n'),
    SHOWN_LINES,
  );
  throw new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `the desktop's agent ${how} instead of where it listens${lastLines}`,
    fix: 'see what it says by itself: arpo-env guest --screen x11 --port 0 --cdp-port 0 --watch-port 0',
  });
}

/** Null when there is none. Whatever comes after it is read by nobody, and so kept nowhere. */
async function firstLine(stdout: Readable): Promise<string | null> {
  const lines = createInterface({ input: stdout });
  try {
    return await new Promise((resolve) => {
      lines.once('line', resolve).once('close', () => resolve(null));
    });
  } finally {
    lines.close();
    stdout.resume();
  }
}

/** Undefined when the limit is reached; throws the signal's reason. */
async function withinLimit<T>(value: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const decided = new AbortController();
  const end = AbortSignal.any([signal, decided.signal]);
  try {
    return await Promise.race([value, delay(LISTEN_LIMIT_MS, undefined, { signal: end })]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    decided.abort();
  }
}
