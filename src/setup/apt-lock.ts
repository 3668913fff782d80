/** Who holds apt's locks: on a fresh machine the automatic upgrades do, for the first minutes. */
import type { HostFiles } from '../host/host.js';

const LOCK_FILES = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
];

/** `pid 812 (unattended-upgr)`, or null. The lock files are root's own, but /proc/locks may be read by everybody. */
export async function readAptLockHolder(machine: HostFiles): Promise<string | null> {
  const locks = parseLocks((await machine.readText('/proc/locks')) ?? '');
  for (const file of LOCK_FILES) {
    const facts = await machine.stat(file);
    const holder = locks.find(({ inode }) => inode === facts?.inode);
    if (holder === undefined) continue;
    const name = (await machine.readText(`/proc/${holder.pid}/comm`)) ?? 'a program that just ended';
    return `pid ${holder.pid} (${name.trim()})`;
  }
  return null;
}

/** proc_locks(5): `1: POSIX  ADVISORY  WRITE 812 08:02:131 0 EOF`; a line with `->` only waits for a lock. */
function parseLocks(text: string): { pid: number; inode: number }[] {
  return [
    ...text.matchAll(/^\d+:\s+(?:POSIX|OFDLCK|FLOCK)\s+\S+\s+\S+\s+(-?\d+)\s+[\da-f]+:[\da-f]+:(\d+)\s/gm),
  ].map(([, pid, inode]) => ({ pid: Number(pid), inode: Number(inode) }));
}
