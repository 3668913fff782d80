/**
 * One desktop's control group: it limits memory and cores, and pauses and counts processes in one stroke. In version 1
 * it is a folder in the hierarchy of each controller, in version 2 a single one (kernel: cgroup-v1/, cgroup-v2.rst).
 */

import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PROCESSES } from '../../guest/sandbox/command.js';
import { errno } from '../../lib/errno.js';
import type { Groups } from './find-groups.js';

export interface Limits {
  /** Bytes of memory of all its processes together. */
  ramSize: number;
  /** Cores' worth of processor time. */
  cpuCores: number;
}

export const groupFolderSchema = z.object({
  path: z.string(),
  /** Whether the kernel's freezer is asked here. Only version 2's lets what it paused be killed, as must be when we are. */
  freezes: z.boolean(),
});
/** Enough to find the group again after its server died. */
export type GroupFolder = z.output<typeof groupFolderSchema>;

/** Controllers of version 1 that we use. */
const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;
/** Microseconds over which processor time is counted. */
const PERIOD = 100_000;
const PAUSE_LIMIT_MS = 5000;
const REMOVE_LIMIT_MS = 2000;
const POLL_MS = 2;

export class ControlGroup {
  constructor(readonly folders: readonly GroupFolder[]) {}

  /** Where a process that is in `own` would make a group of this name. */
  static places(own: Groups, name: string): GroupFolder[] {
    const folders = new Map<string, GroupFolder>();
    for (const controller of CONTROLLERS) {
      const folder = own.v1.get(controller);
      if (folder === undefined || folders.has(folder)) continue;
      folders.set(folder, { path: join(folder, name), freezes: false });
    }
    // Where both are mounted, version 2 has no controllers, but it has a freezer as well.
    if (own.v2 !== null) folders.set(own.v2, { path: join(own.v2, name), freezes: true });
    return [...folders.values()];
  }

  /** Makes the folders. Throws the system's error when one may not be made; nothing is left then. */
  async create(): Promise<void> {
    try {
      for (const { path } of this.folders) await mkdir(path);
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  /** Sets what can be set here; returns what could not, as words: `memory`, `cores`. Processes are limited in a sandbox anyway. */
  async limit({ ramSize, cpuCores }: Limits): Promise<string[]> {
    const quota = Math.round(cpuCores * PERIOD);
    const memory = [
      ['memory.limit_in_bytes', ramSize],
      ['memory.max', ramSize],
    ] as const;
    const cores = [
      ['cpu.cfs_quota_us', quota],
      ['cpu.max', `${quota} ${PERIOD}`],
    ] as const;
    const missing: string[] = [];
    if (!(await this.#setOne(memory))) missing.push('memory');
    if (!(await this.#setOne(cores))) missing.push('cores');
    await this.#setOne([['pids.max', PROCESSES]]);
    return missing;
  }

  /** Moves a process in, unless it has ended; what it starts from now on is born inside. */
  async add(pid: number): Promise<void> {
    for (const { path } of this.folders) {
      await writeFile(join(path, 'cgroup.procs'), String(pid)).catch((error: unknown) => {
        if (errno(error) !== 'ESRCH') throw error;
      });
    }
  }

  async pids(): Promise<number[]> {
    const lists = this.folders.map(({ path }) => read(join(path, 'cgroup.procs')));
    return [...new Set((await Promise.all(lists)).join('\n').split('\n').filter(Boolean).map(Number))];
  }

  get canPause(): boolean {
    return this.folders.some(({ freezes }) => freezes);
  }

  /** Resolves when nothing in it runs any more. */
  async pause(): Promise<void> {
    await this.#turn(true);
  }

  /** A group that is gone has nothing to resume. */
  async resume(): Promise<void> {
    await this.#turn(false);
  }

  /** How often the kernel killed a process of it because memory ran out. */
  async outOfMemoryKills(): Promise<number> {
    const files = this.folders.flatMap(({ path }) => [
      join(path, 'memory.oom_control'),
      join(path, 'memory.events'),
    ]);
    const counts = (await Promise.all(files.map(read))).map((text) => /^oom_kill (\d+)$/m.exec(text)?.[1]);
    return Math.max(0, ...counts.map((count) => Number(count ?? 0)));
  }

  /** A folder can be removed once its last process is reaped. Throws EBUSY when that does not come to pass. */
  async remove(): Promise<void> {
    const deadline = performance.now() + REMOVE_LIMIT_MS;
    for (const { path } of this.folders) {
      for (;;) {
        try {
          await rmdir(path);
          break;
        } catch (error) {
          const code = errno(error);
          if (code === 'ENOENT') break;
          if (code !== 'EBUSY' || performance.now() >= deadline) throw error;
          await delay(POLL_MS);
        }
      }
    }
  }

  /** True when one of these files is there and took its value. */
  async #setOne(files: readonly (readonly [string, string | number])[]): Promise<boolean> {
    for (const { path } of this.folders) {
      for (const [file, value] of files) {
        // r+: a group's files are never created, only found.
        const set = await writeFile(join(path, file), String(value), { flag: 'r+' }).then(
          () => true,
          () => false,
        );
        if (set) return true;
      }
    }
    return false;
  }

  async #turn(paused: boolean): Promise<void> {
    const folder = this.folders.find(({ freezes }) => freezes);
    if (!folder) return;
    const flag = paused ? '1' : '0';
    try {
      await writeFile(join(folder.path, 'cgroup.freeze'), flag, { flag: 'r+' });
    } catch (error) {
      if (errno(error) === 'ENOENT' && !paused) return;
      throw error;
    }
    const deadline = performance.now() + PAUSE_LIMIT_MS;
    while (!(await read(join(folder.path, 'cgroup.events'))).includes(`frozen ${flag}`)) {
      if (performance.now() >= deadline) {
        throw new Error(`${folder.path} was not at \`frozen ${flag}\` within ${PAUSE_LIMIT_MS / 1000} s`);
      }
      await delay(POLL_MS);
    }
  }
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
