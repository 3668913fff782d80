import { expect, test } from 'vitest';
import {
  groupMembers,
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  terminateGroup,
  terminateProcess,
} from '../../src/host/process.js';
import { eventually } from '../support/eventually.js';
import { NodeChild, OBEDIENT, PARENT, STUBBORN } from '../support/node-child.js';

async function identityOf(pid: number): Promise<ProcessIdentity> {
  const identity = await identifyProcess(pid);
  if (!identity) throw new Error(`pid ${pid} is not there`);
  return identity;
}

test('a process keeps its identity as long as it lives', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const identity = await identityOf(child.pid);
  expect(await identifyProcess(child.pid)).toEqual(identity);
  expect(await isRunning(identity)).toBe(true);

  await child[Symbol.asyncDispose]();
  expect(await identifyProcess(child.pid)).toBeNull();
  expect(await isRunning(identity)).toBe(false);
});

test('two processes differ, and another start time under the same pid is another process', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const identity = await identityOf(child.pid);
  expect(identity).not.toEqual(await identityOf(process.pid));
  expect(await isRunning({ ...identity, startTime: `${identity.startTime}0` })).toBe(false);
});

test('SIGTERM is enough for an obedient process, and the call returns after its end', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const identity = await identityOf(child.pid);
  expect(await terminateProcess(identity)).toBe('exited');
  expect(await isRunning(identity)).toBe(false);
  await eventually(() => expect(child.endedBy).toBe('SIGTERM'));
});

test('one that ignores SIGTERM is killed after the grace', async () => {
  await using child = await NodeChild.start(STUBBORN);
  const identity = await identityOf(child.pid);
  expect(await terminateProcess(identity, { graceMs: 50 })).toBe('killed');
  expect(await isRunning(identity)).toBe(false);
  await eventually(() => expect(child.endedBy).toBe('SIGKILL'));
});

test('a process that is gone, or a pid that was given to another, is left alone', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const identity = await identityOf(child.pid);
  expect(await terminateProcess({ ...identity, startTime: 'earlier' })).toBe('exited');
  expect(await isRunning(identity)).toBe(true);
});

test('waiting for the end can be aborted', async () => {
  await using child = await NodeChild.start(STUBBORN);
  const abort = new AbortController();
  const ending = terminateProcess(await identityOf(child.pid), { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(ending).rejects.toThrow();
  expect(child.endedBy).toBeNull();
});

test('a group ends with all its members', async () => {
  await using leader = await NodeChild.start(PARENT, { detached: true });
  const identity = await identityOf(leader.pid);
  const grandchild = Number(leader.greeting);
  expect((await groupMembers(identity)).sort()).toEqual([leader.pid, grandchild].sort());
  expect(await terminateGroup(identity)).toBe('exited');
  expect(await groupMembers(identity)).toEqual([]);
  expect(await identifyProcess(grandchild)).toBeNull();
});

test('what a killed leader left in its group is still found and ended', async () => {
  await using leader = await NodeChild.start(PARENT, { detached: true });
  const identity = await identityOf(leader.pid);
  await leader[Symbol.asyncDispose]();
  expect(await groupMembers(identity)).toEqual([Number(leader.greeting)]);
  expect(await terminateGroup(identity)).toBe('exited');
  expect(await groupMembers(identity)).toEqual([]);
});

test('a group whose pid was given to another process is gone', async () => {
  await using leader = await NodeChild.start(PARENT, { detached: true });
  const identity = await identityOf(leader.pid);
  expect(await groupMembers({ ...identity, startTime: 'earlier' })).toEqual([]);
  await terminateGroup(identity);
});
