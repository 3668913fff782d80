import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { configOutline, fieldsOf } from '../../src/config/outline.js';
import { configRows } from '../../src/config/print.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

test('one row for each field, in the notation of the config file, with its source', async () => {
  using folder = new TemporaryFolder({ '.env': 'SCREEN_WIDTH=1280\n' });
  const file = folder.write('arpo-env.config.yaml', 'tunnel: { identities: [/k/a, /k/b], keepalive: 90 }\n');
  const env = { DOCKER_VM_READY_TIMEOUT: '3600' };
  const loaded = await loadConfig({ cwd: folder.path, env, flags: { server: { bodyLimit: '1024K' } } });
  const rows = configRows(loaded);
  expect(rows.map(({ key }) => key)).toEqual(fieldsOf(configOutline()).map(({ path }) => path));
  expect(rows).toEqual(
    expect.arrayContaining([
      { key: 'provider', value: 'auto', source: 'default' },
      { key: 'screen.width', value: 1280, source: `env SCREEN_WIDTH (${join(folder.path, '.env')})` },
      { key: 'server.readyTimeout', value: '1h', source: 'env DOCKER_VM_READY_TIMEOUT' },
      { key: 'server.bodyLimit', value: '1M', source: 'flag' },
      { key: 'server.tokenFile', value: null, source: 'default' },
      { key: 'tunnel.identities', value: ['/k/a', '/k/b'], source: file },
      { key: 'tunnel.keepalive', value: '90s', source: file },
    ]),
  );
});

test('no secret is printed: tokens, credentials in URLs', async () => {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml': [
      'server: { token: s3cret }',
      'cluster: { envUrl: "http://arpo:s3cret@127.0.0.1:15001" }',
      'providers: { remote: { baseUrls: ["https://s3cret@pool.example"], token: s3cret } }',
      'setup: { repoUrl: "https://user:s3cret@git.example/repo.git" }',
    ].join('\n'),
  });
  const rows = configRows(await loadConfig({ cwd: folder.path, env: {} }));
  expect(JSON.stringify(rows)).not.toContain('s3cret');
  expect(Object.fromEntries(rows.map(({ key, value }) => [key, value]))).toMatchObject({
    'server.token': '(hidden)',
    'cluster.envUrl': 'http://(hidden)@127.0.0.1:15001',
    'providers.remote.baseUrls': ['https://(hidden)@pool.example'],
    'providers.remote.token': '(hidden)',
    'setup.repoUrl': 'https://(hidden)@git.example/repo.git',
  });
});
