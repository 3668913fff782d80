import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { configOutline, nodesOf } from '../../src/config/outline.js';
import { configSchema } from '../../src/config/schema.js';
import { configTemplate } from '../../src/config/template.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

async function load(text: string) {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml': text });
  return await loadConfig({ cwd: folder.path, env: {} });
}

const defaults = configSchema.parse({});

test('without settings the file sets nothing', async () => {
  const { config, sources } = await load(configTemplate({}));
  expect(config).toEqual(defaults);
  expect(new Set(Object.values(sources).map(({ kind }) => kind))).toEqual(new Set(['default']));
});

test('with every comment sign before a key taken away it still loads as the defaults', async () => {
  const uncommented = configTemplate({}).replace(/^( *)#(?=\w)/gm, '$1');
  const { config, sources } = await load(uncommented);
  expect(config).toEqual(defaults);
  expect(sources['server.port']).toMatchObject({ kind: 'file' });
  expect(sources['setup.nodeUrl']).toMatchObject({ kind: 'file' });
});

test('every key is there, under its description', () => {
  const text = configTemplate({});
  const words = text.replace(/\n *# /g, ' ');
  for (const { key, description } of nodesOf(configOutline()).slice(1)) {
    expect(text).toMatch(new RegExp(`^ *#?${key}:`, 'm'));
    expect(words).toContain(description);
  }
});

test('settings are set as they are, defaults among them stay comments', async () => {
  const text = configTemplate({
    provider: 'docker',
    server: { port: 18082, standby: 2, allow: ['10.0.0.0/8', '2001:db8::/32'] },
    tunnel: { host: 'user@cluster.example:22', keepalive: '1s', acceptNew: true },
    cluster: { condaEnv: 'no', repo: '1.5', trainingConfig: 'a: b # c' },
  });
  const { config, sources } = await load(text);
  expect(config).toMatchObject({
    provider: 'docker',
    server: { port: 18082, standby: 2, allow: ['10.0.0.0/8', '2001:db8::/32'] },
    tunnel: { host: 'user@cluster.example:22', keepalive: 1000, acceptNew: true },
    cluster: { condaEnv: 'no', repo: '1.5', trainingConfig: 'a: b # c' },
  });
  expect(sources['server.port']).toEqual({ kind: 'default' });
});
