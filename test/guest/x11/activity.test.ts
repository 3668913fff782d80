/** What processes do, as the kernel tells: of this process's own children, on Linux. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hasBegunSince, snapshot, uptime, workBetween } from '../../../src/guest/x11/activity.js';
import { eventually } from '../../support/eventually.js';

describe.skipIf(process.platform !== 'linux')('the processes of a desktop', () => {
  it('are those that this one has started, and theirs; or all others', async () => {
    const shell = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait']);
    const [line] = await once(shell.stdout, 'data');
    const pids = [Number(shell.pid), Number(line)];
    const ours = snapshot(false);
    expect(pids.map((pid) => ours.has(pid))).toEqual([true, true]);
    expect([ours.has(1), ours.has(process.pid)]).toEqual([false, false]);
    const all = snapshot(true);
    expect([all.has(1), all.has(process.pid)]).toEqual([true, false]);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await once(shell, 'exit');
  });

  it('have begun since a moment as long as they run', async () => {
    const child = spawn('sleep', ['1000']);
    const mine = () => new Map([...snapshot(false)].filter(([pid]) => pid === child.pid));
    await eventually(() => expect(mine().size).toBe(1));
    expect(hasBegunSince(uptime() - 60_000, mine())).toBe(true);
    expect(hasBegunSince(uptime() + 60_000, mine())).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasBegunSince(0, mine())).toBe(false);
  });

  it('work as long as they take processor time', async () => {
    const busy = spawn('sh', ['-c', 'while :; do :; done']);
    const mine = () => new Map([...snapshot(false)].filter(([pid]) => pid === busy.pid));
    await eventually(() => expect(mine().size).toBe(1));
    const before = mine();
    await eventually(() => expect(workBetween(before, mine())).toBeGreaterThan(20));
    expect(workBetween(before, before)).toBe(0);
    busy.kill('SIGKILL');
    await once(busy, 'exit');
  });
});
