import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifyProcess } from '../../../src/host/process.js';
import { createDesktopFolder, findOrphans } from '../../../src/providers/local/record.js';
import { removeLeftDesktops } from '../../../src/runs/left-desktops.js';
import { NodeChild, OBEDIENT } from '../../support/node-child.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

/** The record of desktop `id`, as if another server had written it. */
async function desktop(desktops: string, id: string, changes: object): Promise<string> {
  const folder = await createDesktopFolder(join(desktops, id), null);
  const file = join(folder.path, 'desktop.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
  return folder.path;
}

const DEAD = { pid: process.pid, startTime: 'of an earlier process with this pid' };

test('ends what a dead server left, and forgets it', async () => {
  using desktops = new TemporaryFolder();
  await using agent = await NodeChild.start(OBEDIENT, { detached: true });
  const leader = await identifyProcess(agent.pid);
  const folder = await desktop(desktops.path, 'local-1', { server: DEAD, leader });
  expect(await removeLeftDesktops(await findOrphans(desktops.path))).toEqual(['local-1']);
  expect(await identifyProcess(agent.pid)).toBeNull();
  expect(existsSync(folder)).toBe(false);
});

test("a pid that is another's by now is left alone", async () => {
  using desktops = new TemporaryFolder();
  await using stranger = await NodeChild.start(OBEDIENT, { detached: true });
  const leader = { pid: stranger.pid, startTime: 'of an earlier process with this pid' };
  const folder = await desktop(desktops.path, 'local-1', { server: DEAD, leader });
  expect(await removeLeftDesktops(await findOrphans(desktops.path))).toEqual(['local-1']);
  expect(existsSync(folder)).toBe(false);
  expect(await identifyProcess(stranger.pid)).not.toBeNull();
});

test("leaves a living server's desktop, another machine's, and what it cannot read", async () => {
  using desktops = new TemporaryFolder({ 'local-4/desktop.json': '{', 'local-5/home/file': '' });
  await desktop(desktops.path, 'local-1', {});
  await desktop(desktops.path, 'local-2', { server: DEAD, scope: 'another machine' });
  await desktop(desktops.path, 'local-3', { server: DEAD, group: [{ path: '/x', freezer: 3 }] });
  expect(await removeLeftDesktops(await findOrphans(desktops.path))).toEqual([]);
  for (const id of ['1', '2', '3', '4', '5'])
    expect(existsSync(join(desktops.path, `local-${id}`))).toBe(true);
});

test('no folder, no orphans', async () => {
  expect(await removeLeftDesktops(await findOrphans('/nonexistent/desktops'))).toEqual([]);
});
