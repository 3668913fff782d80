import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { LeftDesktop } from '../../src/runs/left-desktops.js';
import { statusDocument, statusOfRuns, statusText } from '../../src/runs/status.js';
import { stopRuns } from '../../src/runs/stop.js';
import type { RunViews } from '../../src/runs/views.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const { signal } = new AbortController();
const DEAD = { pid: process.pid, startTime: 'of an earlier process with this pid' };
const ENTRY = JSON.stringify({
  ...{ kind: 'server', process: DEAD, url: 'http://127.0.0.1:18082', provider: 'local', envs: 1 },
  ...{ startedAt: new Date().toISOString(), logFile: null, version: '0.0.0' },
});
const NONE_RENTED = { found: [], unseen: [], priceNote: '' };
/** Nothing runs in here. */
const VIEWS = {} as RunViews;

class Left {
  readonly removed: string[] = [];

  desktop(name: string, changes: Partial<LeftDesktop> = {}): LeftDesktop {
    const remove = async () => void this.removed.push(name);
    return { name, provider: 'local', server: DEAD, isBeingRemoved: false, remove, ...changes };
  }
}

const look = (folder: string, found: LeftDesktop[], unseen: string[] = []) =>
  statusOfRuns({
    ...{ folder, views: VIEWS, findRentedDesktops: async () => NONE_RENTED, signal },
    findLeftDesktops: async () => ({ found, unseen }),
  });

test('a desktop that a dead server left is named with what removes it, and its entry is kept', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': ENTRY });
  const status = await look(folder.path, [new Left().desktop('local-1')]);
  expect(status.warnings).toEqual([
    `server pid ${process.pid} (http://127.0.0.1:18082), which ended without stopping`,
    `desktop local-1, left by a dead server (pid ${process.pid}), is still there; remove it: arpo-env stop`,
  ]);
  expect(status.healthy).toBe(false);
  expect(statusDocument(status).leftDesktops).toEqual([
    { name: 'local-1', provider: 'local', server: process.pid, isBeingRemoved: false },
  ]);
  expect(statusText(status, 80)).toBe('no server or tunnel runs here');
  expect(await readdir(folder.path)).toEqual(['server-1.json']);
});

test('one that is on its way out is told as such', async () => {
  using folder = new TemporaryFolder();
  const status = await look(folder.path, [new Left().desktop('local-1', { isBeingRemoved: true })]);
  expect(status.warnings).toEqual([
    `desktop local-1, left by a dead server (pid ${process.pid}), is being removed`,
  ]);
  expect(status.healthy).toBe(false);
});

test('where nobody can look, the entry that says so is kept', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': ENTRY });
  const status = await look(folder.path, [], ['Docker does not answer']);
  expect([status.warnings.at(-1), status.healthy]).toEqual(['Docker does not answer', false]);
  expect(await readdir(folder.path)).toEqual(['server-1.json']);
});

test('a dead server that left nothing is forgotten, and all is well', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': ENTRY });
  const status = await look(folder.path, []);
  expect(status.warnings).toEqual([
    `forgot server pid ${process.pid} (http://127.0.0.1:18082), which ended without stopping`,
  ]);
  expect(status.healthy).toBe(true);
  expect(await readdir(folder.path)).toEqual([]);
});

test('stop removes what was left, of all servers or of the one that is named', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': ENTRY });
  const left = new Left();
  const other = { pid: 1, startTime: 'long ago' };
  const found = [left.desktop('local-1'), left.desktop('local-2', { server: other })];
  const told: string[] = [];
  const stop = (kind: 'server' | 'tunnel' | undefined, name?: string) =>
    stopRuns({
      ...{ folder: folder.path, selector: { kind, name }, signal },
      findLeftDesktops: async () => ({ found, unseen: [] }),
      onRemoved: ({ name }) => void told.push(name),
    });
  await stop('tunnel');
  expect(left.removed).toEqual([]);
  expect(await stop('server', String(process.pid))).toMatchObject([{ how: 'cleared' }]);
  expect(left.removed).toEqual(['local-1']);
  expect(await stop(undefined)).toEqual([]);
  expect(told).toEqual(['local-1', 'local-1', 'local-2']);
});

test('an entry stays where what was left cannot be removed', async () => {
  using folder = new TemporaryFolder({ 'server-1.json': ENTRY });
  const desktop = new Left().desktop('local-1', { remove: () => Promise.reject(new Error('it hangs')) });
  const findLeftDesktops = async () => ({ found: [desktop], unseen: [] });
  const selector = { kind: undefined, name: undefined };
  await expect(stopRuns({ folder: folder.path, selector, signal, findLeftDesktops })).rejects.toThrow(
    'it hangs',
  );
  expect(await readdir(folder.path)).toEqual(['server-1.json']);
});
