import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifyProcess } from '../../src/host/process.js';
import { packageVersion } from '../../src/lib/package.js';
import { clearStaleEntry, describeStaleEntry, listRuns, registerRun } from '../../src/runs/registry.js';
import type { RunDetails } from '../../src/runs/run.js';
import { NodeChild, OBEDIENT, PARENT } from '../support/node-child.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const details: RunDetails<'server'> = {
  kind: 'server',
  url: 'http://127.0.0.1:18082',
  provider: 'sim',
  envs: 2,
  logFile: null,
};

test('a folder that does not exist yet holds nothing', async () => {
  using folder = new TemporaryFolder();
  expect(await listRuns(join(folder.path, 'none'))).toEqual({ running: [], stale: [] });
});

test('where no folder can be nothing runs, and what is to be entered names another place', async () => {
  using folder = new TemporaryFolder({ file: '' });
  const runs = join(folder.path, 'file', 'state', 'runs');
  expect(await listRuns(runs)).toEqual({ running: [], stale: [] });
  await expect(registerRun(runs, details)).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining('a file stands where a folder is needed'),
    fix: 'export ARPO_ENV_STATE_DIR="$(mktemp -d)"',
  });
});

test('this process is listed from its registration until it is disposed', async () => {
  using folder = new TemporaryFolder();
  const runs = join(folder.path, 'state', 'runs');
  {
    await using registration = await registerRun(runs, details);
    const { running, stale } = await listRuns(runs);
    expect(stale).toEqual([]);
    expect(running).toEqual([
      {
        ...details,
        process: await identifyProcess(process.pid),
        startedAt: expect.any(String),
        version: packageVersion(),
      },
    ]);
    await registration.update({ envs: 3 });
    expect((await listRuns(runs)).running).toMatchObject([{ ...details, envs: 3 }]);
  }
  expect(await readdir(runs)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('entries are for their owner only', async () => {
  using folder = new TemporaryFolder();
  const runs = join(folder.path, 'runs');
  await using _registration = await registerRun(runs, details);
  const [name = ''] = await readdir(runs);
  expect((await stat(join(runs, name))).mode & 0o777).toBe(0o600);
  expect((await stat(runs)).mode & 0o777).toBe(0o700);
});

test('an entry of a dead process, or of a pid that another process has now, is stale', async () => {
  using folder = new TemporaryFolder();
  await using _registration = await registerRun(folder.path, details);
  const [name = ''] = await readdir(folder.path);
  const entry = JSON.parse(await readFile(join(folder.path, name), 'utf8'));
  await using child = await NodeChild.start(OBEDIENT);
  const identity = await identifyProcess(child.pid);
  await child[Symbol.asyncDispose]();
  folder.write('server-dead.json', JSON.stringify({ ...entry, process: identity }));
  const reused = { pid: process.pid, startTime: 'before the reboot' };
  folder.write('server-reused.json', JSON.stringify({ ...entry, process: reused }));

  const { running, stale } = await listRuns(folder.path);
  expect(running).toHaveLength(1);
  expect(stale.map((one) => [one.run?.process, one.orphans])).toEqual([
    [identity, []],
    [reused, []],
  ]);
  for (const one of stale) await clearStaleEntry(one);
  expect(await readdir(folder.path)).toEqual([name]);
});

test('a damaged entry is stale, and named', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': '{"kind":"ser' });
  const { running, stale } = await listRuns(folder.path);
  expect(running).toEqual([]);
  expect(stale.map(describeStaleEntry)).toEqual([`the damaged entry ${join(folder.path, 'server-1.json')}`]);
});

test('the helper that a dead run left running is found, named and ended', async () => {
  using folder = new TemporaryFolder();
  await using leader = await NodeChild.start(PARENT, { detached: true });
  const helper = await identifyProcess(leader.pid);
  const dead = { pid: process.pid, startTime: 'earlier' };
  const entry = { ...details, process: dead, helper, startedAt: new Date().toISOString(), version: '0.0.0' };
  folder.write('server-1.json', JSON.stringify(entry));

  const [stale] = (await listRuns(folder.path)).stale;
  if (!stale) throw new Error('no stale entry');
  const orphans = [leader.pid, Number(leader.greeting)];
  expect(stale.orphans.toSorted()).toEqual(orphans.toSorted());
  expect(describeStaleEntry(stale)).toBe(
    `server pid ${process.pid} (http://127.0.0.1:18082), which ended without stopping; it left pid ${stale.orphans.join(', ')} running`,
  );
  await clearStaleEntry(stale);
  expect(await Promise.all(orphans.map(identifyProcess))).toEqual([null, null]);
  expect(await readdir(folder.path)).toEqual([]);
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a state folder of somebody else is named with the way to take it back',
  async () => {
    using folder = new TemporaryFolder({ 'runs/server-1.json': '{}' });
    const runs = join(folder.path, 'runs');
    await chmod(runs, 0o000);
    const outcome = listRuns(runs).finally(() => chmod(runs, 0o700));
    await expect(outcome).rejects.toMatchObject({
      code: 'E_NO_PERMISSION',
      message: `this user may not read ${runs}`,
      fix: expect.stringContaining(`sudo chown -R "$(id -u)" '${folder.path}'`),
    });
  },
);
