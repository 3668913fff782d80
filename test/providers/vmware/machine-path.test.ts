import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machinePath } from '../../../src/providers/vmware/machine-path.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

test('a machine has one name whatever links lead to it, also before its files are there', async () => {
  using folder = new TemporaryFolder();
  mkdirSync(join(folder.path, 'machines'));
  symlinkSync(join(folder.path, 'machines'), join(folder.path, 'link'));
  const vmx = folder.write('machines/Ubuntu.vmx', '');
  const expected = await machinePath(vmx);
  expect(expected.toLowerCase()).toBe(realpathSync(vmx).toLowerCase());
  expect(await machinePath(join(folder.path, 'link', 'Ubuntu.vmx'))).toBe(expected);
  const clone = (parent: string) => machinePath(join(folder.path, parent, 'clone', 'clone.vmx'));
  expect(await clone('link')).toBe(await clone('machines'));
  expect(await clone('link')).not.toBe(expected);
});
