import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findConfinement } from '../../../src/providers/local/confinement.js';
import { ControlGroup } from '../../../src/providers/local/control-group.js';
import { findGroups } from '../../../src/providers/local/find-groups.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const limits = { ramSize: 2 ** 30, cpuCores: 1.5 };

test.each([
  [
    'version 1, a folder per controller',
    `30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
    '4:memory:/user.slice\n2:cpu,cpuacct:/\n1:name=systemd:/x\n0::/init.scope\n',
    {
      v1: {
        memory: '/sys/fs/cgroup/memory/user.slice',
        cpu: '/sys/fs/cgroup/cpu,cpuacct',
        cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
      },
      v2: '/sys/fs/cgroup/unified/init.scope',
    },
  ],
  [
    'version 2 alone',
    '30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
    '0::/user.slice/user-1000.slice/session-2.scope\n',
    { v1: {}, v2: '/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope' },
  ],
  [
    'a container that sees its own part of the tree',
    '30 25 0:26 /docker/4f2a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory',
    '4:memory:/docker/4f2a/below\n',
    { v1: { memory: '/sys/fs/cgroup/memory/below' }, v2: null },
  ],
  ['no control groups', '', '', { v1: {}, v2: null }],
])('the groups of a process: %s', async (_name, mountinfo, cgroup, expected) => {
  using root = new TemporaryFolder({ 'proc/self/mountinfo': mountinfo, 'proc/77/cgroup': cgroup });
  const { v1, v2 } = await findGroups(77, root.path);
  const below = (path: string) => path.slice(root.path.length);
  expect({
    v1: Object.fromEntries([...v1].map(([name, path]) => [name, below(path)])),
    v2: v2 === null ? null : below(v2),
  }).toEqual(expected);
});

/** What the kernel puts into a folder that is made there. */
function fakeGroup(folder: string, files: Record<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

test('the limits of version 1 go to their controllers', async () => {
  using root = new TemporaryFolder();
  const own = {
    v1: new Map([
      ['memory', join(root.path, 'm')],
      ['cpu', join(root.path, 'c')],
    ]),
    v2: null,
  };
  const group = new ControlGroup(ControlGroup.places(own, 'desktop'));
  fakeGroup(join(root.path, 'm/desktop'), { 'memory.limit_in_bytes': '' });
  fakeGroup(join(root.path, 'c/desktop'), { 'cpu.cfs_quota_us': '-1', 'pids.max': 'max' });
  expect(await group.limit(limits)).toEqual([]);
  expect(readFileSync(join(root.path, 'm/desktop/memory.limit_in_bytes'), 'utf8')).toBe('1073741824');
  expect(readFileSync(join(root.path, 'c/desktop/cpu.cfs_quota_us'), 'utf8')).toBe('150000');
  expect(group.canPause).toBe(false);
});

test('version 2 limits, pauses and counts kills in one folder', async () => {
  using root = new TemporaryFolder();
  const group = new ControlGroup(ControlGroup.places({ v1: new Map(), v2: root.path }, 'desktop'));
  const file = (name: string) => readFileSync(join(root.path, 'desktop', name), 'utf8');
  fakeGroup(join(root.path, 'desktop'), {
    'memory.max': 'max',
    'cpu.max': 'max 100000',
    'pids.max': 'max',
    'memory.events': 'low 0\noom 1\noom_kill 3\n',
    'cgroup.freeze': '0',
    'cgroup.events': 'populated 1\nfrozen 1\n',
    'cgroup.procs': '12\n34\n',
  });
  expect(await group.limit(limits)).toEqual([]);
  expect(file('cpu.max')).toBe('150000 100000');
  await group.pause();
  expect(file('cgroup.freeze')).toBe('1');
  expect(await group.outOfMemoryKills()).toBe(3);
  expect(await group.pids()).toEqual([12, 34]);
});

test('a group that is gone is resumed and removed already', async () => {
  const group = new ControlGroup([{ path: '/nonexistent/group', freezes: true }]);
  await group.resume();
  await group.remove();
  await expect(group.pause()).rejects.toThrow(/ENOENT/);
});

test('a machine without control groups has desktops without limits, and it is said', async () => {
  const { shortfall } = await findConfinement({
    limits: { ramSize: 4 * 2 ** 30, cpuCores: 2 },
    env: {},
    own: { v1: new Map(), v2: null },
  });
  expect(shortfall).toBe(
    'desktops run without limits of memory (4G) and cores (2): this machine has no controller for it',
  );
});

test('as does one where none may be made', async () => {
  const { shortfall } = await findConfinement({
    limits: { ramSize: 4 * 2 ** 30, cpuCores: 2 },
    env: {},
    own: { v1: new Map([['memory', '/proc']]), v2: null },
  });
  expect(shortfall).toMatch(
    /^desktops run without limits of memory \(4G\) and cores \(2\): no control group can be made \(ENOENT/,
  );
});

test("two that look at the same time are not in each other's way", async () => {
  using root = new TemporaryFolder({ 'mine/x': '' });
  const own = { v1: new Map(), v2: join(root.path, 'mine') };
  const look = () => findConfinement({ limits, env: {}, own, systemdFolder: join(root.path, 'none') });
  const found = await Promise.all([look(), look(), look()]);
  for (const { shortfall } of found) expect(shortfall ?? '').not.toContain('no control group can be made');
});
