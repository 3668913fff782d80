import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { endTree } from '../../../src/host/local/end-tree.js';
import { identifyProcess, isRunning } from '../../../src/host/process.js';

/** A shell with a child, and the child's pid; `trap` is what both do about an interrupt. */
async function family(trap: string) {
  const child = `${trap} echo $$; exec sleep 600`;
  const shell = spawn('sh', ['-c', `${trap} sh -c '${child}'; :`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pids = [shell.pid ?? 0, Number(String(line))];
  const identities = (await Promise.all(pids.map(identifyProcess))).filter((found) => found !== null);
  expect(identities).toHaveLength(2);
  return {
    pid: shell.pid ?? 0,
    living: async () => (await Promise.all(identities.map(isRunning))).filter(Boolean),
  };
}

it.runIf(process.platform === 'linux').each([
  ['what lets itself be interrupted', '', 60_000],
  ['what does not, once its time is over', 'trap "" INT;', 20],
])('ends %s, with its children', async (_title, trap, graceMs) => {
  const { pid, living } = await family(trap);
  await endTree(pid, graceMs);
  expect(await living()).toEqual([]);
});
