import { readdir, readFile } from 'node:fs/promises';

/** Pids of processes that were started with this in their environment, e.g. `HOME=/home/user`; zombies are none. */
export async function processesWith(entry: string, name?: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((file) => /^\d+$/.test(file)).map(Number);
  const read = (pid: number, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const areOurs = await Promise.all(
    pids.map(async (pid) => {
      if (!(await read(pid, 'environ')).split('\0').includes(entry)) return false;
      return name === undefined || (await read(pid, 'comm')).trim() === name;
    }),
  );
  return pids.filter((_, index) => areOurs[index]);
}
