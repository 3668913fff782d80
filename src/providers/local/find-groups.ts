/** The control groups that a process is in: below its own a process may make others (cgroups(7)). */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Groups {
  /** Controller of version 1, e.g. `memory`, → the folder of the process's group in its hierarchy. */
  v1: ReadonlyMap<string, string>;
  /** Its group in the hierarchy of version 2; null when that is not mounted. */
  v2: string | null;
}

/** Empty where there are no control groups. `root` stands before every path that is read; tests put a folder there. */
export async function findGroups(pid: number | 'self', root = '/'): Promise<Groups> {
  const read = (path: string) => readFile(join(root, path), 'utf8').catch(() => '');
  const mounts = parseMounts(await read('proc/self/mountinfo'));
  const paths = parsePaths(await read(`proc/${pid}/cgroup`));
  const folderOf = (controller: string): string | null => {
    const mount = mounts.find(({ controllers }) => controllers.includes(controller));
    const path = paths.get(controller);
    return mount && path !== undefined ? join(root, folderBelow(mount, path)) : null;
  };
  const v1 = [...paths.keys()].filter(Boolean).flatMap((controller): [string, string][] => {
    const folder = folderOf(controller);
    return folder === null ? [] : [[controller, folder]];
  });
  return { v1: new Map(v1), v2: folderOf('') };
}

interface Mount {
  point: string;
  /** The group that is seen at the mount point; inside a container not the topmost one. */
  root: string;
  /** `['']` for version 2. */
  controllers: string[];
}

function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    // id parent major:minor root point options … - type source superOptions (proc(5))
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', point = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup2') return [{ point, root, controllers: [''] }];
    return type === 'cgroup' ? [{ point, root, controllers: options.split(',') }] : [];
  });
}

/** Controller → path of the group; version 2 stands under the empty name. */
function parsePaths(text: string): Map<string, string> {
  const rows = text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    return controllers.split(',').map((controller): [string, string] => [controller, path]);
  });
  return new Map(rows);
}

function folderBelow({ point, root }: Mount, path: string): string {
  const below = relative(root, path);
  // A group outside of what is mounted here is not to be reached; the mount's own is the nearest.
  return below.startsWith('..') ? point : join(point, below);
}
