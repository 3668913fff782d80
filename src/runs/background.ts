/** `--detach`: arpo-env once more in a session of its own, its output in a log file, awaited until it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { identifyProcess, terminateGroup } from '../host/process.js';
import { parseJson } from '../lib/json.js';
import { packageFile } from '../lib/package.js';
import { ownProblemSchema } from '../lib/problem.js';
import { sleep } from '../lib/wait.js';
import { createLogFile, type LogFile, readTail } from './log-file.js';
import { stateError } from './state-error.js';

export interface BackgroundOptions<Ready> {
  /** What runs, for the log's name and for errors. */
  name: string;
  /** The command line, e.g. `serve --port 0`. Every user of the machine can see it: secrets go by environment or file. */
  args: readonly string[];
  logFolder: string;
  /** Logs of those that run, which are kept. */
  logsInUse: readonly string[];
  /** Asked again and again until it answers something else than null. */
  ready: (pid: number) => Promise<Ready | null>;
  deadlineMs: number;
  /** What is known of the reason when it is not ready at the deadline; null for nothing but the log. */
  late?: () => ArpoEnvError | null;
  signal: AbortSignal;
}

export interface Background<Ready> {
  pid: number;
  logFile: string;
  ready: Ready;
}

/** Tells the process in the background where its output goes, for its entry in the registry. */
export const LOG_FILE_VARIABLE = 'ARPO_ENV_LOG_FILE';

const READY_POLL_MS = 50;
const EVIDENCE_LINES = 20;

/**
 * Resolves when it is ready; from then on it no longer depends on this process. When it ends before that, its own
 * error is thrown, or E_BACKGROUND with its last log lines; on E_TIMEOUT or what `late` says, and on abort, nothing of it is left.
 */
export async function startInBackground<Ready>(
  options: BackgroundOptions<Ready>,
): Promise<Background<Ready>> {
  options.signal.throwIfAborted();
  const log = await createLogFile(options.logFolder, options.name, options.logsInUse);
  const decided = new AbortController();
  // --json: the log holds documents, so that the error of a failed start comes back whole (see startError).
  const args = [...options.args.filter((arg) => arg !== '--json'), '--json'];
  const child = spawn(process.execPath, [packageFile('bin/arpo-env.js'), ...args], {
    detached: true,
    stdio: ['ignore', log.handle.fd, log.handle.fd],
    env: { ...process.env, [LOG_FILE_VARIABLE]: log.path },
  });
  try {
    const ended = once(child, 'exit', { signal: decided.signal });
    const ready = await Promise.race([
      untilReady(child.pid, options, log.path, AbortSignal.any([options.signal, decided.signal])),
      ended.then(async ([code, signal]) => {
        await requireSpace(log, options.logFolder);
        throw await startError(options.name, log.path, signal ?? `exit code ${code}`);
      }),
    ]);
    child.unref();
    return { pid: child.pid ?? 0, logFile: log.path, ready };
  } catch (error) {
    await endChild(child);
    throw error;
  } finally {
    decided.abort();
    await log.handle.close();
  }
}

async function untilReady<Ready>(
  pid: number | undefined,
  { name, ready, late, deadlineMs }: BackgroundOptions<Ready>,
  logFile: string,
  signal: AbortSignal,
): Promise<Ready> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    const answer = pid === undefined ? null : await ready(pid);
    if (answer !== null) return answer;
    await sleep(READY_POLL_MS, signal);
  }
  const reason = late?.() ?? null;
  if (reason !== null) throw reason;
  throw new ArpoEnvError({
    code: 'E_TIMEOUT',
    message: `the ${name} in the background did not answer within ${deadlineMs / 1000} s${await evidence(logFile)}`,
    fix: `run it in the foreground, without --detach; its log is ${logFile}`,
  });
}

/** What ends without a word may have had no room for one; its empty log is of no use then. */
async function requireSpace({ path, handle }: LogFile, folder: string): Promise<void> {
  const { size } = await handle.stat();
  if (size > 0) return;
  try {
    await handle.appendFile('\n');
    await handle.truncate(0);
  } catch (error) {
    await rm(path, { force: true });
    throw stateError(error, path, dirname(folder));
  }
}

/** The error that the process itself printed as its last document; else what its log ends with. */
async function startError(name: string, logFile: string, how: string): Promise<ArpoEnvError> {
  const { lines } = await readTail(logFile, EVIDENCE_LINES);
  const own = parseJson(lines.at(-1) ?? '', lastWordsSchema);
  if (own !== undefined) return new ArpoEnvError(own.error);
  return new ArpoEnvError({
    code: 'E_BACKGROUND',
    message: `the ${name} in the background ended (${how}) before it was ready${await evidence(logFile)}`,
    fix: `run it in the foreground, without --detach; its log is ${logFile}`,
  });
}

/** As `Console.error` writes it with --json. */
const lastWordsSchema = z.object({ error: ownProblemSchema });

async function evidence(logFile: string): Promise<string> {
  const { lines } = await readTail(logFile, EVIDENCE_LINES);
  return lines.length === 0 ? ' and wrote nothing' : `; its last lines:\n${lines.join('\n')}`;
}

async function endChild(child: ChildProcess): Promise<void> {
  const identity = child.pid === undefined ? null : await identifyProcess(child.pid);
  if (identity !== null) await terminateGroup(identity);
}
