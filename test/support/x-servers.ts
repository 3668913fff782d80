import { readdir, readFile } from 'node:fs/promises';

/** Pids of the virtual X servers of this machine, whosever they are. One that has ended may wait to be reaped. */
export async function xServers(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const facts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => /^\d+ \(Xvfb\) [^ZX]/.test(facts[index] ?? ''));
}
