import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Claim, claimFile, isClaim, readClaim } from '../../src/host/claim.js';
import { identifyProcess } from '../../src/host/process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** As a process that is dead by now would have left it. */
async function leave(file: string, changes: object = {}): Promise<void> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const identity = await identifyProcess(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await writeFile(file, JSON.stringify({ ...identity, note: { left: 'behind' }, ...changes }));
}

function claimed(outcome: Awaited<ReturnType<typeof claimFile>>): Claim {
  if (!isClaim(outcome)) throw new Error(`pid ${outcome.holder.pid} has it`);
  return outcome;
}

test('one at a time has it, and gives it back', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'deep', 'claim.json');
  const first = claimed(await claimFile(file, { at: 1 }));
  expect(first.before).toBeNull();
  expect(await claimFile(file)).toMatchObject({
    holder: { pid: process.pid },
    isAlive: true,
    note: { at: 1 },
  });
  await first.annotate({ at: 2 });
  expect(await readClaim(file)).toMatchObject({ note: { at: 2 } });
  await first[Symbol.asyncDispose]();
  expect(await readClaim(file)).toBeNull();
  await claimed(await claimFile(file))[Symbol.asyncDispose]();
  expect(await readdir(join(folder.path, 'deep'))).toEqual([]);
});

test('who finds the claim of a dead process gets it, and hears what was left', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'claim.json');
  await leave(file);
  expect(claimed(await claimFile(file)).before).toMatchObject({ isAlive: false, note: { left: 'behind' } });
});

test('of several that find the claim of a dead process one gets it', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'claim.json');
  await leave(file);
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => claimFile(file)));
  expect(outcomes.filter(isClaim)).toHaveLength(1);
  expect(await readClaim(file)).toMatchObject({ holder: { pid: process.pid } });
});

test('one of another machine, or of another pid namespace, counts as alive', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'claim.json');
  await leave(file, { scope: 'elsewhere' });
  expect(isClaim(await claimFile(file))).toBe(false);
});

test('a file that says nothing is nobody’s', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'claim.json');
  await writeFile(file, '{"pid":');
  const claim = claimed(await claimFile(file));
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
  await claim[Symbol.asyncDispose]();
});
