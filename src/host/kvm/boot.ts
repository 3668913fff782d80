/** Boots the guest of `guest.ts` with QEMU under KVM, for a few seconds, and says how that ended. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { tied } from '../local/tied.js';
import { bootSector, readGuest } from './guest.js';
import { lastWords } from './last-words.js';

/** One run of QEMU. */
export interface QemuRun {
  /** Its debug console and its error stream. */
  stdout: string;
  stderr: string;
  /** How it ended, e.g. `exit code 1`, `SIGABRT`; null when it did not end in time and was stopped. */
  end: string | null;
}

/** Boots `bootSector()` with `qemuArguments` for at most `timeoutMs`; null when there is no QEMU where it looks. */
export type QemuRunner = (limits: { timeoutMs: number; signal: AbortSignal }) => Promise<QemuRun | null>;

export type KvmBoot = { ok: true; hasCmpxchg16b: boolean } | { ok: false; words: string };

const TIMEOUT_MS = 10_000;
/** Exit codes of a shell whose command is not there or may not be run. */
export const NO_QEMU = [126, 127];

export function qemuArguments(bootImage: string): string[] {
  const machine = [
    '-accel',
    'kvm',
    '-cpu',
    'host',
    '-machine',
    'pc',
    '-m',
    '64',
    '-nodefaults',
    '-no-reboot',
  ];
  const consoles = [
    '-display',
    'none',
    '-debugcon',
    'stdio',
    '-device',
    'isa-debug-exit,iobase=0xf4,iosize=0x04',
  ];
  return [...machine, ...consoles, '-drive', `file=${bootImage},format=raw,if=floppy`];
}

/** Null when there was no QEMU to ask. */
export async function bootUnderKvm(run: QemuRunner, signal: AbortSignal): Promise<KvmBoot | null> {
  const result = await run({ timeoutMs: TIMEOUT_MS, signal });
  if (result === null) return null;
  const { saidHello, lastStep, hasCmpxchg16b } = readGuest(result.stdout);
  if (saidHello) return { ok: true, hasCmpxchg16b };
  const said = firstWords(result.stderr);
  const end = howItEnded(result, lastStep === null ? '' : ` at ${lastStep}`);
  return { ok: false, words: said ? `${said} (${end})` : end };
}

/** Nothing of it outlives this process: neither QEMU, which a guest may hang in, nor a file. */
export const runOnHost: QemuRunner = async ({ timeoutMs, signal }) => {
  await using image = await bootImage();
  const dead = new AbortController();
  const command = ['qemu-system-x86_64', ...qemuArguments(image.path)];
  const [program = '', ...args] = await tied(command, 'KILL');
  const qemu = execa(program, args, {
    reject: false,
    stdin: 'ignore',
    timeout: timeoutMs,
    // A guest that hangs in the kernel's KVM code does not react to SIGTERM.
    killSignal: 'SIGKILL',
    cancelSignal: AbortSignal.any([signal, dead.signal]),
    maxBuffer: 64 * 1024,
  });
  let heard = '';
  qemu.stderr.on('data', (chunk: Buffer) => {
    heard += chunk;
    if (lastWords(heard.split('\n')) !== null) dead.abort();
  });
  const { stdout, stderr, timedOut, ...result } = await qemu;
  signal.throwIfAborted();
  if (result.code === 'ENOENT' || NO_QEMU.includes(result.exitCode ?? 0)) return null;
  const end = timedOut ? null : (result.signal ?? `exit code ${result.exitCode}`);
  return { stdout, stderr, end };
};

/** The boot sector in a file that has no name any more. */
async function bootImage(): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-kvm-'));
  try {
    const file = await open(join(folder, 'boot.img'), 'wx+', 0o600);
    await file.writeFile(bootSector());
    return { path: `/proc/${process.pid}/fd/${file.fd}`, [Symbol.asyncDispose]: () => file.close() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function howItEnded({ stderr, end }: QemuRun, where: string): string {
  if (lastWords(stderr.split('\n')) !== null) return `it was paused for good${where}`;
  if (end === null) return `it hung${where} and was stopped after ${TIMEOUT_MS / 1000}s`;
  return `it ended with ${end}${where}`;
}

/** QEMU's first line, which says what failed; what follows is its consequence (an assertion, a backtrace). */
function firstWords(stderr: string): string {
  const first = stderr.split('\n').find((line) => line.trim()) ?? '';
  return first.trim().replace(/^qemu-system-x86_64: /, '');
}
