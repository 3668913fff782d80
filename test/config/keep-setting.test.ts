/** What a command found out is in the config file afterwards, with all else in it as it was. */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keepSetting } from '../../src/config/keep-setting.js';
import { loadConfig } from '../../src/config/load.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const SETTING = { path: ['providers', 'vmware', 'vmx'], value: '/vms/a.vmx' };

it('goes into a new file where there is none', async () => {
  using folder = new TemporaryFolder();
  const file = `${folder.path}/arpo-env.config.yaml`;
  expect(await keepSetting(null, folder.path, SETTING)).toEqual({ file, outcome: 'written' });
  const { config } = await loadConfig({ cwd: folder.path, env: {} });
  expect(config.providers.vmware.vmx).toBe('/vms/a.vmx');
});

it('goes into the one that is there, once, with its comments and its mode kept', async () => {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml': '# mine\nprovider: docker # for now\n' });
  const file = `${folder.path}/arpo-env.config.yaml`;
  chmodSync(file, 0o640);
  expect(await keepSetting(file, '/', SETTING)).toEqual({ file, outcome: 'written' });
  expect(readFileSync(file, 'utf8')).toBe(
    '# mine\nprovider: docker # for now\nproviders:\n  vmware:\n    vmx: /vms/a.vmx\n',
  );
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect((await keepSetting(file, '/', SETTING)).outcome).toBe('as it was');
});

it('does not go into a program', async () => {
  using folder = new TemporaryFolder({ 'arpo-env.config.js': 'export default {};\n' });
  const file = `${folder.path}/arpo-env.config.js`;
  expect(await keepSetting(file, '/', SETTING)).toEqual({ file, outcome: 'program' });
  expect(readFileSync(file, 'utf8')).toBe('export default {};\n');
});
