import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { type SetupFlags, setupSettings } from '../../src/setup/settings.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

async function settingsOf(flags: Record<string, unknown> = {}, own: SetupFlags = {}) {
  using folder = new TemporaryFolder();
  return setupSettings(
    await loadConfig({
      cwd: folder.path,
      env: {},
      flags,
      configFile: folder.write('arpo-env.config.yaml', ''),
    }),
    own,
    '/home/user',
  );
}

it('takes the disk from the flag, else from the provider, else from where it is downloaded to', async () => {
  const provider = { providers: { docker: { qcow2: '/disks/a.qcow2' } } };
  expect((await settingsOf(provider, { qcow2: '/disks/b.qcow2' })).qcow2).toMatchObject({
    path: '/disks/b.qcow2',
    given: true,
  });
  expect((await settingsOf(provider)).qcow2).toMatchObject({ path: '/disks/a.qcow2', given: false });
  const url = {
    setup: { qcow2Dir: '/disks', qcow2Url: 'https://images.example/x/Windows.qcow2.zip?download=1' },
  };
  expect((await settingsOf(url)).qcow2).toMatchObject({ path: '/disks/Windows.qcow2', given: false });
});

it.each([
  ['auto', true],
  ['docker', true],
  ['aws', false],
  ['vmware', false],
])('provider %s uses Docker: %s', async (provider, usesDocker) => {
  expect(await settingsOf({ provider })).toMatchObject({ provider, usesDocker });
});

it('refuses a password in the URL of the repository', async () => {
  await expect(
    settingsOf({ setup: { repoUrl: 'https://me:s3cret@git.example/repo.git' } }),
  ).rejects.toMatchObject({
    code: 'E_USAGE',
    message: 'setup.repoUrl holds a password',
  });
  expect((await settingsOf({ setup: { repoUrl: 'ssh://git@git.example:22/repo.git' } })).repo?.url).toBe(
    'ssh://git@git.example:22/repo.git',
  );
});

it('makes the tunnel a service only when the flag says so', async () => {
  expect((await settingsOf({ tunnel: { host: 'deepx' } })).tunnelHost).toBeNull();
  expect((await settingsOf({ tunnel: { host: 'deepx' } }, { tunnel: 'deepx' })).tunnelHost).toBe('deepx');
});
