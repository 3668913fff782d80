import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findVmrun } from '../../../src/providers/vmware/find-vmrun.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

async function program(...parts: string[]): Promise<string> {
  const path = join(...parts);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  return path;
}

test('the first on PATH, told to drive the product of this system', async () => {
  using folder = new TemporaryFolder();
  const path = await program(folder.path, 'bin', 'vmrun');
  const env = { PATH: `/nowhere:${join(folder.path, 'bin')}` };
  expect(await findVmrun(undefined, env, 'linux')).toEqual({ path, type: 'ws' });
  expect(await findVmrun(undefined, env, 'darwin')).toEqual({ path, type: 'fusion' });
});

test('the one that is configured, or none', async () => {
  using folder = new TemporaryFolder();
  const path = await program(folder.path, 'other', 'vmrun');
  expect(await findVmrun(path, { PATH: '' }, 'linux')).toEqual({ path, type: 'ws' });
  await expect(findVmrun('/nowhere/vmrun', { PATH: '' }, 'linux')).rejects.toMatchObject({
    code: 'E_VMWARE',
    message: 'providers.vmware.vmrun: /nowhere/vmrun is not a program',
  });
});

test.each([
  ['darwin', 'VMware Fusion'],
  ['win32', 'VMware Workstation'],
] as const)('without it on %s, what to install', async (platform, product) => {
  await expect(findVmrun(undefined, { PATH: '' }, platform)).rejects.toMatchObject({
    code: 'E_VMWARE',
    message: expect.stringContaining(`${product} is not installed here`),
    fix: expect.stringContaining(`install ${product}`),
  });
});
