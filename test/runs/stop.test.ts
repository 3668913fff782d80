import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../src/host/process.js';
import type { RunKind } from '../../src/runs/kinds.js';
import { stopRuns } from '../../src/runs/stop.js';
import { NodeChild, OBEDIENT, PARENT, STUBBORN } from '../support/node-child.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const { signal } = new AbortController();
const ALL = { kind: undefined, name: undefined };

function enter(
  folder: TemporaryFolder,
  kind: RunKind,
  process: ProcessIdentity,
  helper?: ProcessIdentity,
): void {
  const url = `http://127.0.0.1/${kind}`;
  const rest = {
    provider: 'sim',
    envs: 1,
    host: 'deepx',
    startedAt: new Date().toISOString(),
    logFile: null,
    version: '0.0.0',
  };
  folder.write(`${kind}-${process.pid}.json`, JSON.stringify({ kind, process, helper, url, ...rest }));
}

async function identityOf(child: NodeChild): Promise<ProcessIdentity> {
  return (await identifyProcess(child.pid)) ?? { pid: 0, startTime: '' };
}

test('nothing runs, nothing is stopped', async () => {
  using folder = new TemporaryFolder();
  expect(await stopRuns({ folder: folder.path, selector: ALL, signal })).toEqual([]);
});

test('what runs is ended, obedient or not, and its entries are gone', async () => {
  using folder = new TemporaryFolder();
  await using obedient = await NodeChild.start(OBEDIENT);
  await using stubborn = await NodeChild.start(STUBBORN);
  enter(folder, 'server', await identityOf(obedient));
  enter(folder, 'tunnel', await identityOf(stubborn));

  const told: unknown[] = [];
  const onStop = (one: unknown) => void told.push(one);
  const stopped = await stopRuns({ folder: folder.path, selector: ALL, signal, graceMs: 50, onStop });
  expect(stopped).toEqual([
    { kind: 'server', url: 'http://127.0.0.1/server', pid: obedient.pid, how: 'exited' },
    { kind: 'tunnel', url: 'http://127.0.0.1/tunnel', pid: stubborn.pid, how: 'killed' },
  ]);
  expect(told).toEqual(expect.arrayContaining(stopped));
  expect(await Promise.all([obedient.pid, stubborn.pid].map(identifyProcess))).toEqual([null, null]);
  expect(await readdir(folder.path)).toEqual([]);
});

test('only the named kind is stopped', async () => {
  using folder = new TemporaryFolder();
  await using server = await NodeChild.start(OBEDIENT);
  await using tunnel = await NodeChild.start(OBEDIENT);
  enter(folder, 'server', await identityOf(server));
  enter(folder, 'tunnel', await identityOf(tunnel));
  expect(
    await stopRuns({ folder: folder.path, selector: { kind: 'tunnel', name: undefined }, signal }),
  ).toMatchObject([{ pid: tunnel.pid }]);
  expect(await identifyProcess(server.pid)).not.toBeNull();
});

test('what a dead one left running is ended too; a pid that another process has now is left alone', async () => {
  using folder = new TemporaryFolder();
  await using helper = await NodeChild.start(PARENT, { detached: true });
  await using bystander = await NodeChild.start(OBEDIENT);
  enter(folder, 'server', { pid: bystander.pid, startTime: 'earlier' }, await identityOf(helper));
  expect(await stopRuns({ folder: folder.path, selector: ALL, signal })).toMatchObject([
    { pid: bystander.pid, how: 'cleared' },
  ]);
  expect(await identifyProcess(helper.pid)).toBeNull();
  expect(await identifyProcess(Number(helper.greeting))).toBeNull();
  expect(await identifyProcess(bystander.pid)).not.toBeNull();
  expect(await readdir(folder.path)).toEqual([]);
});

test('one of several is stopped by its pid; a name that fits several stops none', async () => {
  using folder = new TemporaryFolder();
  await using first = await NodeChild.start(OBEDIENT);
  await using second = await NodeChild.start(OBEDIENT);
  enter(folder, 'tunnel', await identityOf(first));
  enter(folder, 'tunnel', await identityOf(second));
  const stop = (name: string) =>
    stopRuns({ folder: folder.path, selector: { kind: 'tunnel', name }, signal });

  await expect(stop('deepx')).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining(`arpo-env stop tunnel ${second.pid}`),
  });
  expect(await identifyProcess(first.pid)).not.toBeNull();
  expect(await stop(String(second.pid))).toMatchObject([{ pid: second.pid, how: 'exited' }]);
  expect(await stop('deepx')).toMatchObject([{ pid: first.pid, how: 'exited' }]);
  expect(await readdir(folder.path)).toEqual([]);
});

test('one that had died is cleared by its name, and no other', async () => {
  using folder = new TemporaryFolder();
  enter(folder, 'server', { pid: process.pid, startTime: 'earlier' });
  enter(folder, 'tunnel', { pid: process.pid, startTime: 'earlier' });
  folder.write('server-0.json', '{');
  const selector = { kind: 'server', name: String(process.pid) } as const;
  expect(await stopRuns({ folder: folder.path, selector, signal })).toMatchObject([
    { kind: 'server', how: 'cleared' },
  ]);
  expect((await readdir(folder.path)).sort()).toEqual(['server-0.json', `tunnel-${process.pid}.json`]);
});
