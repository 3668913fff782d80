import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../src/evaluators/osworld/temporary-folder.js';
import { NodeChild, OBEDIENT } from '../../support/node-child.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

test('what a killed process left goes when the next folder is made; what others use, and what is not ours, stays', async () => {
  using parent = new TemporaryFolder();
  await using first = await makeTemporaryFolder(parent.path);
  await using living = await NodeChild.start(OBEDIENT);
  const dead = await NodeChild.start(OBEDIENT);
  await dead[Symbol.asyncDispose]();
  const ofProcess = (pid: number) => {
    const path = join(parent.path, basename(first.path).replace(`-${process.pid}-`, `-${pid}-`));
    mkdirSync(join(path, 'with files'), { recursive: true });
    return path;
  };
  const left = ofProcess(dead.pid);
  const used = ofProcess(living.pid);
  const foreign = join(parent.path, `arpo-env-evaluators-another-machine-${dead.pid}-abcdef`);
  mkdirSync(foreign);
  await using second = await makeTemporaryFolder(parent.path);
  expect([left, used, foreign, first.path, second.path].map((path) => existsSync(path))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  await second[Symbol.asyncDispose]();
  expect(existsSync(second.path)).toBe(false);
});
