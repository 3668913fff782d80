import { expect, test } from 'vitest';
import { identifyProcess, terminateGroup } from '../../src/host/process.js';
import { commandLine, descendants, readProcess, readProcesses } from '../../src/host/process-table.js';
import { NodeChild, OBEDIENT, PARENT } from '../support/node-child.js';

test('a row says who the parent is, and the table holds that row', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const row = await readProcess(child.pid);
  expect(row).toMatchObject({ pid: child.pid, parent: process.pid, zombie: false });
  expect(row?.startTime).not.toBe('');
  expect(await readProcesses()).toContainEqual(row);
  expect(await commandLine(child.pid)).toContain(process.execPath);
});

test('nobody is at a pid that nobody has', async () => {
  const child = await NodeChild.start(OBEDIENT);
  await child[Symbol.asyncDispose]();
  expect(await readProcess(child.pid)).toBeNull();
  expect(await commandLine(child.pid)).toBe('');
});

test('descendants are children and their children, without what is left out', async () => {
  await using parent = await NodeChild.start(PARENT, { detached: true });
  const child = Number(parent.greeting);
  const leader = await identifyProcess(parent.pid);
  try {
    expect(await descendants(parent.pid)).toEqual([child]);
    const found = await descendants(process.pid);
    expect(found.indexOf(parent.pid)).toBeLessThan(found.indexOf(child));
    const without = await descendants(process.pid, ({ pid }) => pid === parent.pid);
    expect(without).not.toContain(parent.pid);
    expect(without).not.toContain(child);
  } finally {
    if (leader) await terminateGroup(leader);
  }
});
