/** Who holds apt's locks: on a fresh machine the automatic upgrades do, for the first minutes. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LOCK_FILES = [
  'var/lib/dpkg/lock-frontend',
  'var/lib/dpkg/lock',
  'var/lib/apt/lists/lock',
  'var/cache/apt/archives/lock',
];

/** `pid 812 (unattended-upgr)`, or null. The lock files are root's own, but /proc/locks may be read by everybody. */
export async function readAptLockHolder(root = '/'): Promise<string | null> {
  const locks = parseLocks(await readFile(join(root, 'proc/locks'), 'utf8').catch(() => ''));
  for (const file of LOCK_FILES) {
    const inode = await stat(join(root, file)).then(
      ({ ino }) => ino,
      () => null,
    );
    const holder = locks.find((lock) => lock.inode === inode);
    if (holder === undefined) continue;
    const name = await readFile(join(root, `proc/${holder.pid}/comm`), 'utf8').catch(
      () => 'a program that just ended',
    );
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
