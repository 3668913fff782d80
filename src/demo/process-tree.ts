/** Who descends from a process. sshd's sessions leave its process group, so a group cannot name them. */
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** Pids of children, their children and so on, the nearest first. */
export async function descendants(pid: number): Promise<number[]> {
  const parents = process.platform === 'linux' ? await readProc() : await readPs();
  const found = [pid];
  for (const ancestor of found) {
    found.push(...[...parents].filter(([, parent]) => parent === ancestor).map(([child]) => child));
  }
  return found.slice(1);
}

/** Pid → parent's pid. */
async function readProc(): Promise<Map<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = pids.map(async (pid): Promise<[number, number]> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // pid (comm) state ppid …; comm may hold blanks and parentheses (proc(5)).
    return [Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])];
  });
  return new Map(await Promise.all(rows));
}

async function readPs(): Promise<Map<number, number>> {
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid='], { timeout: 5000 });
  return new Map(
    stdout.split('\n').map((line): [number, number] => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0];
    }),
  );
}
