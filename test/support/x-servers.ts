import { readdir, readFile } from 'node:fs/promises';

/** Pids of the virtual X servers of this machine, whosever they are. */
export async function xServers(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => names[index]?.trim() === 'Xvfb');
}
