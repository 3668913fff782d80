import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canLimitFolders } from '../../../src/guest/sandbox/bubblewrap.js';
import { type SandboxPlan, sandboxCommand } from '../../../src/guest/sandbox/command.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

test.each([
  ['0.6.1', false],
  ['0.7.0', true],
  ['0.11.1', true],
  ['1.0.0', true],
])('bubblewrap %s limits folders in memory: %s', async (version, expected) => {
  using folder = new TemporaryFolder();
  chmodSync(folder.write('bwrap', `#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap ${version}\n`), 0o755);
  expect(await canLimitFolders(folder.path)).toBe(expected);
});

test('without bubblewrap the answer is no', async () => {
  using folder = new TemporaryFolder();
  expect(await canLimitFolders(join(folder.path, 'none'))).toBe(false);
});

test('a command line for an old bubblewrap has no sizes, and all the folders', () => {
  const plan: SandboxPlan = {
    ...{ uid: null, view: { options: [], files: [] }, mounts: [], home: null, unreachable: [] },
    ...{ filtered: false, program: ['true'], folderSizes: { home: 1, tmp: 2, other: 3 } },
  };
  const sized = sandboxCommand(plan);
  const plain = sandboxCommand({ ...plan, folderSizes: null });
  expect(sized.filter((word) => word === '--size')).toHaveLength(5);
  expect(plain).toEqual(sized.filter((word, index) => word !== '--size' && sized[index - 1] !== '--size'));
});
