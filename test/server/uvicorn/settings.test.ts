import { expect, test } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../../src/config/load.js';
import { uvicornSettings } from '../../../src/server/uvicorn/settings.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

async function load(
  server: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<LoadedConfig> {
  using folder = new TemporaryFolder();
  return loadConfig({ cwd: folder.path, env: {}, flags: { server: { repo: '/repo', ...server }, ...more } });
}

test('the variables that the Python server reads, the timeout in whole seconds', async () => {
  expect(uvicornSettings(await load({}, { provider: 'docker' }), undefined, 90_500)).toEqual({
    repo: '/repo',
    app: 'scripts.remote_env_server:app',
    environment: { PROVIDER: 'docker', DOCKER_VM_READY_TIMEOUT: '91' },
    ignored: [],
  });
});

test('auto leaves the provider to the Python server', async () => {
  expect(uvicornSettings(await load({}), undefined, 1000).environment).not.toHaveProperty('PROVIDER');
});

test('settings without effect are named', async () => {
  const evaluators = { unscorable: 'play' };
  const loaded = await load({ dialect: 'uitars-reference', maxSteps: 20 }, { evaluators });
  expect(uvicornSettings(loaded, undefined, 1000).ignored).toEqual([
    'server.maxSteps',
    'server.dialect',
    'evaluators.unscorable',
  ]);
});

test.each([
  [{ envs: 2 }, 'server.envs 2: it has one env'],
  [{ standby: 1 }, 'server.standby 1: it boots no desktop ahead'],
  [{ allow: ['10.0.0.0/8'] }, 'server.allow: it answers everybody'],
])('%j would be promised and not kept', async (server, what) => {
  const loaded = await load(server);
  expect(() => uvicornSettings(loaded, undefined, 1000)).toThrow(
    `the Python env server does not support ${what}`,
  );
});

test('a token would lock nothing, and an open address is warned of', async () => {
  const closed = await load({});
  expect(() => uvicornSettings(closed, 's3cret', 1000)).toThrow('a token: it asks nobody for one');
  const open = await load({ host: '0.0.0.0' });
  expect(() => uvicornSettings(open, undefined, 1000)).toThrow('0.0.0.0 can be reached from other machines');
  expect(uvicornSettings(await load({ host: '0.0.0.0', insecure: true }), undefined, 1000).repo).toBe(
    '/repo',
  );
});

test('without a repo there is nothing to run', async () => {
  const loaded = await load({ repo: undefined });
  expect(() => uvicornSettings(loaded, undefined, 1000)).toThrow('none is named');
});
