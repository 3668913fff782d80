/** The process that is a desktop: `arpo-env guest` in a sandbox, or by itself where there is to be none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { startSandbox } from '../../guest/sandbox/sandbox.js';
import type { Mount } from '../../guest/sandbox/view.js';
import { endOf } from '../../lib/child-end.js';
import type { Program } from './confinement.js';
import type { DesktopLog } from './desktop-log.js';

export interface GuestStart {
  program: Program;
  /** How its first process is started so that limits hold. */
  wrap(program: Program): Program;
  /** Takes its first processes into the desktop's group, before all others are born. */
  admit(pids: readonly number[]): Promise<void>;
  /** What it sees of this machine beside the system, and how much its files may take; null: everything, it gets no sandbox. */
  sandbox: { mounts: readonly Mount[]; memory: number } | null;
  folder: string;
  log: DesktopLog;
  signal: AbortSignal;
}

/** Disposing kills it with all that a sandbox holds. */
export interface GuestProcess extends AsyncDisposable {
  pid: number;
  /** Put before one of its paths it makes the path under which this process sees it. */
  root: string;
  stdout: Readable;
  /** Resolves with how it ended, e.g. `with exit code 1`. */
  readonly ended: Promise<string>;
}

/** What it started may hold its stderr open for ever. */
const LAST_WORDS_MS = 500;

/** Throws the system's error when the program cannot be started, and GuestError when there can be no sandbox. */
export async function startGuest(start: GuestStart): Promise<GuestProcess> {
  const { program, wrap, admit, sandbox, log, signal } = start;
  if (sandbox === null) return startPlain(start);
  return startSandbox({
    ...sandbox,
    program: program.argv,
    env: program.env,
    wrap: (argv) => wrap({ argv, env: program.env }),
    admit,
    onStderr: (bytes) => log.write(bytes),
    signal,
  });
}

async function startPlain({ program, wrap, admit, folder, log }: GuestStart): Promise<GuestProcess> {
  const { argv, env } = wrap(program);
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: 'pipe' });
  await once(child, 'spawn');
  child.stdin.on('error', () => undefined);
  const logged = (async () => {
    for await (const bytes of child.stderr) await log.write(bytes);
  })().catch(() => undefined);
  const ended = endOf(child).then(async (how) => {
    await Promise.race([logged, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    return how;
  });
  await admit([child.pid ?? 0]);
  return {
    ...{ pid: child.pid ?? 0, root: '', stdout: child.stdout, ended },
    async [Symbol.asyncDispose]() {
      child.stdin.destroy();
    },
  };
}
