/** What a user says brings an attached desktop back: a command, or a URL that is posted to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import got from 'got';
import { maskCredentials } from '../config/mask.js';
import { ArpoEnvError, type Problem } from '../errors.js';
import { findProgram, isExecutable } from '../guest/x11/executables.js';
import { endGroupAfterUs } from '../host/local/survivor.js';
import { identifyProcess, terminateGroup } from '../host/process.js';
import { endOf } from '../lib/child-end.js';
import { messageOf } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';
import { onAbort } from '../lib/wait.js';
import { shellLine } from '../shell-words.js';

/** A reset may boot a machine; whoever waits for it has a budget of their own. */
const RESET_TIMEOUT_MS = 3_600_000;
const GRACE_MS = 5000;
const LAST_LINE = 300;
const LAST_BYTES = 4096;

/** What keeps the command from being started at all: found out before somebody waits for an episode. */
export async function lackOf(command: readonly string[] = []): Promise<Problem[]> {
  const [program] = command;
  if (program === undefined || program.includes('{')) return [];
  const isThere = program.includes('/')
    ? (await isExecutable(program)) === 'yes'
    : (await findProgram([program], process.env.PATH ?? '')) !== null;
  if (isThere) return [];
  const words = program.trim().split(/\s+/);
  return [
    {
      code: 'E_CONFIG',
      message: `providers.attach.resetCommand: there is no program "${program}"`,
      fix:
        words.length > 1
          ? `it is run without a shell: write its words as a list, resetCommand: [${words.join(', ')}]`
          : 'install it on this machine, or give its whole path',
    },
  ];
}

/**
 * Waits for the command alone: what it leaves in the background, such as a machine that it started, lives on. When `signal`
 * aborts, or this process is killed, the command ends with all that it started so far.
 */
export async function runReset(
  program: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await using said = await openOutput();
  const child = spawn(program, words, {
    // A group of its own, which can be ended whole.
    detached: true,
    // No pipe: whoever is left in the background would be cut off when it is closed.
    stdio: ['ignore', 'ignore', said.fd],
    env: commandEnvironment(),
  });
  const ended = endOf(child);
  const limit = AbortSignal.timeout(RESET_TIMEOUT_MS);
  const how = await endedOrStopped(child, ended, AbortSignal.any([signal, limit]));
  signal.throwIfAborted();
  if (how === 'with exit code 0') return;
  const lastLine = await said.lastLine();
  const what =
    child.pid === undefined
      ? `could not be run: ${how}`
      : limit.aborted
        ? 'did not end within an hour'
        : `ended ${how}`;
  throw notReset(
    `${program} ${what}${lastLine ? `: ${lastLine}` : ''}`,
    `run it by hand, and see what it says: ${maskCredentials(shellLine([program, ...words]))}`,
  );
}

async function endedOrStopped(
  child: ChildProcess,
  ended: Promise<string>,
  stop: AbortSignal,
): Promise<string> {
  const { pid } = child;
  if (pid === undefined) return ended; // it could not be started
  const leader = await identifyProcess(pid);
  const survivor = await endGroupAfterUs(pid).catch(() => null);
  let stopped: Promise<unknown> = Promise.resolve();
  const listener = onAbort(stop, () => {
    if (leader !== null) stopped = terminateGroup(leader, { graceMs: GRACE_MS });
  });
  try {
    const how = await ended;
    await stopped;
    return how;
  } finally {
    listener[Symbol.dispose]();
    await survivor?.[Symbol.asyncDispose]();
  }
}

/** It has no use for the server's token. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const { ARPO_ENV_TOKEN: _token, ...inherited } = process.env;
  return { ...inherited, LC_ALL: 'C' };
}

interface Output extends AsyncDisposable {
  readonly fd: number;
  lastLine(): Promise<string>;
}

/** A file without a name, so that it goes with its last writer. Throws E_DISK_FULL and the like. */
async function openOutput(): Promise<Output> {
  const path = join(tmpdir(), `arpo-env-reset-${randomUUID()}`);
  let file: FileHandle;
  try {
    file = await open(path, 'wx+', 0o600);
    await unlink(path);
  } catch (error) {
    throw fileError(error, path);
  }
  return {
    fd: file.fd,
    async lastLine() {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(LAST_BYTES),
        position: Math.max(0, size - LAST_BYTES),
      });
      const line = buffer.toString('utf8', 0, bytesRead).trim().split('\n').at(-1) ?? '';
      return maskCredentials(line).slice(0, LAST_LINE);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Shows neither the URL's login nor its query: either may be a secret. */
export async function postReset(url: string, signal: AbortSignal): Promise<void> {
  try {
    await got.post(url, {
      retry: { limit: 0 },
      timeout: { request: RESET_TIMEOUT_MS },
      signal,
      followRedirect: false,
    });
  } catch (error) {
    signal.throwIfAborted();
    const { origin, pathname } = new URL(url);
    const shown = origin + pathname;
    throw notReset(
      `POST ${shown}: ${messageOf(error).replaceAll(url, shown)}`,
      new URL(shown).href === new URL(url).href
        ? `do it by hand, and see what it says: ${shellLine(['curl', '-sS', '-X', 'POST', url])}`
        : 'do it by hand, and see what it says: POST to providers.attach.resetUrl of your config',
    );
  }
}

function notReset(what: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `the desktop was not brought back: ${what}`,
    fix,
  });
}
