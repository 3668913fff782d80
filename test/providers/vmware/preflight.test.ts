/** What keeps the vmware provider from working, named before anything starts. */
import { readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { VmrunDouble } from '../../support/vmrun-double.js';

let double: VmrunDouble;

beforeEach(async () => {
  double = await VmrunDouble.create();
  return () => double[Symbol.asyncDispose]();
});

describe('preflight names every problem', () => {
  test('no vmrun and no machine', async () => {
    const provider = double.provider({ vmrun: '/nowhere/vmrun' });
    expect((await provider.preflight()).map(({ message }) => message)).toEqual([
      'providers.vmware.vmrun: /nowhere/vmrun is not a program',
      'the provider vmware is given no virtual machine',
    ]);
  });

  test('machines that are missing, no .vmx, encrypted, or too large', async () => {
    const problems = async (vmx: string, desktops = 1) =>
      (await double.provider({ vmx, desktops }).preflight()).map(({ code, message }) => `${code} ${message}`);
    expect(await problems('/nowhere/x.vmx')).toEqual(['E_VMWARE there is no /nowhere/x.vmx']);
    const encrypted = await double.machine('Secret', ['encryption.keySafe = "vmware:key/list/…"']);
    expect(await problems(encrypted)).toEqual([expect.stringMatching(/^E_VMWARE .* is encrypted/)]);
    const large = await double.machine('Large');
    await writeFile(large, (await readFile(large, 'utf8')).replace('"64"', '"99999999"'));
    expect(await problems(large)).toEqual([
      expect.stringMatching(/^E_OUT_OF_MEMORY 1 desktop needs 97656\.2 GB/),
    ]);
    expect(await problems(large, 3)).toContainEqual(
      expect.stringMatching(/^E_DISK_FULL 3 clones need about/),
    );
  });

  test('a folder without machines, and both settings at once', async () => {
    expect(await double.provider({ folder: double.machines }).preflight()).toMatchObject([
      { code: 'E_CONFIG' },
    ]);
    const vmx = await double.machine();
    expect(await double.provider({ vmx, folder: double.machines }).preflight()).toMatchObject([
      { code: 'E_CONFIG', fix: 'keep one of them' },
    ]);
  });
});
