/** The process that is a desktop: `arpo-env guest` as the leader of a process group, its output in a log file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { lastLogLines } from '../../desktop/readiness.js';
import { ArpoEnvError } from '../../errors.js';
import { parseJson } from '../../lib/json.js';
import { ownProblemSchema } from '../../lib/problem.js';
import { readTail } from '../../runs/log-file.js';

/** The first line on its stdout: where it listens. */
const listeningSchema = z.object({
  agent: z.url(),
  cdp: z.url(),
  /** The page on which a person watches. */
  watch: z.url(),
});
export type Listening = z.output<typeof listeningSchema>;

/** Or, as every command of ours prints it with --json, why it does not. */
const failureSchema = z.object({
  error: ownProblemSchema,
});

export interface GuestStart {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  folder: string;
  log: string;
}

export interface GuestProcess {
  pid: number;
  /** Resolves when it listens; rejects with its own error, or E_BOOT_FAILED with its last words. */
  listening(signal: AbortSignal): Promise<Listening>;
  /** Resolves with how it ended, e.g. `with exit code 1`. */
  readonly ended: Promise<string>;
}

const LISTEN_LIMIT_MS = 30_000;
const SHOWN_LINES = 20;

/** Throws the system's error when the program cannot be started. */
export async function startGuest({ argv, env, folder, log }: GuestStart): Promise<GuestProcess> {
  const [program = '', ...args] = argv;
  await using file = await open(log, 'a', 0o600);
  const child = spawn(program, args, {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', file.fd],
  });
  const lines = createInterface({ input: child.stdout as Readable });
  const first = new Promise<string | null>((resolve) => {
    lines.once('line', (line: string) => resolve(line)).once('close', () => resolve(null));
  });
  await once(child, 'spawn');
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `with exit code ${code}` : `by ${signal}`),
    );
  });
  return { pid: child.pid ?? 0, ended, listening: (signal) => listening({ first, ended, log }, signal) };
}

interface Awaited {
  first: Promise<string | null>;
  ended: Promise<string>;
  log: string;
}

async function listening({ first, ended, log }: Awaited, signal: AbortSignal): Promise<Listening> {
  const line = await withinLimit(first, signal);
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
  throw new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `the desktop's agent ${how} instead of where it listens${await lastLogLines(async (tail) => (await readTail(log, tail)).lines.join('\n'), SHOWN_LINES)}`,
    fix: 'see what it says by itself: arpo-env guest --screen x11 --port 0 --cdp-port 0 --watch-port 0',
  });
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
