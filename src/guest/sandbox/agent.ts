/** The agent of a desktop inside a sandbox: its command line there, and where it listens. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { parseJson } from '../../lib/json.js';
import { ownProblemSchema } from '../../lib/problem.js';
import { abortable, withDeadline } from '../../lib/wait.js';
import { chromeMounts } from '../x11/browser/chrome-folder.js';
import { findDesktopPython, IN_SANDBOX } from '../x11/desktop-python.js';
import { desktopPath } from '../x11/place.js';
import { SOCKETS } from './command.js';
import { type Listening, listeningSchema } from './doors.js';
import { packageInside } from './package-mounts.js';
import { INSIDE } from './user.js';
import type { Mount } from './view.js';

export interface AgentInside {
  argv: string[];
  mounts: Mount[];
}

/** This very package's, with its Python and its Chrome. */
export async function agentInside({ vnc }: { vnc: boolean }): Promise<AgentInside> {
  const { command, mounts } = packageInside();
  const python = await findDesktopPython();
  // One that lies in a person's home is shown elsewhere; the machine's own is seen with the rest of the system.
  const isHidden = python !== null && !python.startsWith('/usr/');
  return {
    argv: [...command, 'guest', '--screen', 'x11', '--sandboxed', ...agentOptions(SOCKETS, INSIDE.home, vnc)],
    mounts: [
      ...mounts,
      ...(isHidden ? [{ source: python, target: IN_SANDBOX }] : []),
      ...(await chromeMounts(desktopPath())),
    ],
  };
}

/** What an agent is told that listens on Unix sockets. */
export function agentOptions(sockets: string, home: string, vnc: boolean): string[] {
  // Of a VNC server on a socket only that there is one is of interest.
  return ['--sockets', sockets, '--home', home, '--json', ...(vnc ? ['--vnc-port', '0'] : [])];
}

/** As every command of ours prints with --json why it fails. */
const failureSchema = z.object({
  error: ownProblemSchema,
});

export interface Awaited {
  stdout: Readable;
  /** Resolves with how it ended. */
  ended: Promise<string>;
  /** Its last log lines, to follow a message; empty when there are none. */
  lastWords(): Promise<string>;
  signal: AbortSignal;
}

const LISTEN_LIMIT_MS = 30_000;
const DISCARD_MS = 20;

/** Resolves when it listens; rejects with its own error, or E_BOOT_FAILED with its last words. */
export async function whereItListens({ stdout, ended, lastWords, signal }: Awaited): Promise<Listening> {
  const failed = async (how: string) =>
    new ArpoEnvError({
      code: 'E_BOOT_FAILED',
      message: `the desktop's agent ${how} instead of where it listens${await lastWords()}`,
      fix: 'arpo-env guest --screen x11 --port 0 --cdp-port 0 --watch-port 0',
    });
  const silent = new Error('silent');
  const line = await withDeadline(
    signal,
    LISTEN_LIMIT_MS,
    () => silent,
    (limit) => abortable(firstLine(stdout), limit),
  ).catch(async (error: unknown) => {
    throw error === silent ? await failed(`said nothing for ${LISTEN_LIMIT_MS / 1000} s`) : error;
  });
  const document = parseJson(line ?? '');
  const ownError = failureSchema.safeParse(document);
  if (ownError.success) throw new ArpoEnvError(ownError.data.error);
  const parsed = listeningSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw await failed(line === null ? `ended ${await ended}` : `said ${line}`);
}

/** Null when there is none. Whatever comes after it is kept nowhere. */
async function firstLine(stdout: Readable): Promise<string | null> {
  const lines = createInterface({ input: stdout });
  try {
    return await new Promise((resolve) => {
      lines.once('line', resolve).once('close', () => resolve(null));
    });
  } finally {
    lines.close();
    void discard(stdout);
  }
}

/** What runs in a desktop can make the agent say things without end: they are taken at a pace that costs nothing. */
async function discard(stdout: Readable): Promise<void> {
  try {
    for await (const _ of stdout) await delay(DISCARD_MS, undefined, { ref: false });
  } catch {
    // Its end is noticed elsewhere.
  }
}
