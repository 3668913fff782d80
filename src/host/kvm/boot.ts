/** The smallest guest there is: a boot sector that says hello on QEMU's debug console and switches the machine off. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** One run of QEMU. */
export interface QemuRun {
  /** Its debug console and its error stream. */
  stdout: string;
  stderr: string;
  /** How it ended, e.g. `exit code 1`, `SIGABRT`; null when it did not end in time and was stopped. */
  end: string | null;
}

/** Boots `BOOT_SECTOR` with `qemuArguments` for at most `timeoutMs`; null when there is no QEMU where it looks. */
export type QemuRunner = (limits: { timeoutMs: number; signal: AbortSignal }) => Promise<QemuRun | null>;

export type KvmBoot = { ok: true } | { ok: false; words: string };

const GREETING = 'hello';
const TIMEOUT_MS = 10_000;

/** 16-bit x86: the greeting goes to port 0xe9 (debug console), then any value to 0xf4 (isa-debug-exit) ends QEMU. */
export const BOOT_SECTOR: Buffer = bootSector(
  [0xba, 0xe9, 0x00], // mov dx, 0xe9
  ...[...Buffer.from(GREETING)].map((character) => [0xb0, character, 0xee]), // mov al, character; out dx, al
  [0xe6, 0xf4], // out 0xf4, al
  [0xf4], // hlt
);

function bootSector(...instructions: number[][]): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(instructions.flat()).copy(sector);
  sector.writeUInt16LE(0xaa55, 510); // what makes a disk bootable
  return sector;
}

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
  if (result.stdout.includes(GREETING)) return { ok: true };
  const said = firstWords(result.stderr);
  const end =
    result.end === null
      ? `it hung and was stopped after ${TIMEOUT_MS / 1000}s`
      : `it ended with ${result.end}`;
  return { ok: false, words: said ? `${said} (${end})` : end };
}

export const runOnHost: QemuRunner = async ({ timeoutMs, signal }) => {
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-kvm-'));
  try {
    const image = join(folder, 'boot.img');
    await writeFile(image, BOOT_SECTOR);
    const { stdout, stderr, timedOut, ...result } = await execa('qemu-system-x86_64', qemuArguments(image), {
      reject: false,
      stdin: 'ignore',
      timeout: timeoutMs,
      // A guest that hangs in the kernel's KVM code does not heed SIGTERM.
      killSignal: 'SIGKILL',
      cancelSignal: signal,
      maxBuffer: 64 * 1024,
    });
    signal.throwIfAborted();
    if (result.code === 'ENOENT') return null;
    const end = timedOut ? null : (result.signal ?? `exit code ${result.exitCode}`);
    return { stdout, stderr, end };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** QEMU's first line, which says what failed; what follows is its consequence (an assertion, a backtrace). */
function firstWords(stderr: string): string {
  const first = stderr.split('\n').find((line) => line.trim()) ?? '';
  return first.trim().replace(/^qemu-system-x86_64: /, '');
}
