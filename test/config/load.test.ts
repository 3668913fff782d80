import { chmodSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('the config was accepted'),
    (error: Error) => error,
  );

test('flags over environment over .env over file over defaults, each value with its source', async () => {
  using folder = new TemporaryFolder({
    '.env': 'SCREEN_WIDTH=1280\nPROVIDER=vmware\nARPO_ENV_SERVER_ENVS=3\n',
  });
  const file = folder.write(
    'arpo-env.config.yaml',
    'provider: aws\nscreen: { width: 800, height: 600 }\nserver: { envs: 2, port: 1, maxSteps: 20 }\n',
  );
  const { config, sources, ...rest } = await loadConfig({
    cwd: folder.path,
    env: { PROVIDER: 'docker', ARPO_ENV_SERVER_PORT: '2' },
    flags: { server: { port: 3, host: undefined } },
  });
  expect(rest).toEqual({ file, warnings: [] });
  expect(config).toMatchObject({
    provider: 'docker',
    screen: { width: 1280, height: 600 },
    server: { port: 3, envs: 3, maxSteps: 20, host: '127.0.0.1' },
  });
  const dotEnv = join(folder.path, '.env');
  expect(sources).toMatchObject({
    provider: { kind: 'env', name: 'PROVIDER' },
    'screen.width': { kind: 'env', name: 'SCREEN_WIDTH', file: dotEnv },
    'screen.height': { kind: 'file', file },
    'server.port': { kind: 'flag' },
    'server.envs': { kind: 'env', name: 'ARPO_ENV_SERVER_ENVS', file: dotEnv },
    'server.maxSteps': { kind: 'file', file },
    'server.host': { kind: 'default' },
  });
});

test('a .env file leaves process.env alone', async () => {
  using folder = new TemporaryFolder({ '.env': 'ARPO_ENV_CLUSTER_CONDA_ENV=mine\n' });
  const { config } = await loadConfig({ cwd: folder.path, env: process.env });
  expect(config.cluster.condaEnv).toBe('mine');
  expect(process.env.ARPO_ENV_CLUSTER_CONDA_ENV).toBeUndefined();
});

test('a folder named .env, as some Python venvs are, is not a config', async () => {
  using folder = new TemporaryFolder({ '.env/bin/activate': '' });
  expect((await loadConfig({ cwd: folder.path, env: {} })).config.provider).toBe('auto');
});

test('a section or key with nothing behind it is not set', async () => {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml': 'server:\ntunnel:\n  host:\n  remotePort: 7\n',
  });
  const { config, sources } = await loadConfig({ cwd: folder.path, env: {} });
  expect(config.server.port).toBe(18082);
  expect(config.tunnel).toMatchObject({ remotePort: 7 });
  expect(sources['tunnel.host']).toEqual({ kind: 'default' });
});

test('relative paths start where they were written, ~ is the home', async () => {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml':
      'server: { tokenFile: token }\nproviders: { docker: { qcow2: ~/VMs/Ubuntu.qcow2 } }\ntunnel: { identities: [keys/a, /b] }\n',
    'below/.env': 'ARPO_ENV_PROVIDERS_VMWARE_VMX=x.vmx\n',
  });
  const cwd = join(folder.path, 'below');
  const { config } = await loadConfig({ cwd, env: {}, flags: { server: { repo: '../repo' } } });
  expect(config.server).toMatchObject({
    tokenFile: join(folder.path, 'token'),
    repo: join(folder.path, 'repo'),
  });
  expect(config.providers.docker.qcow2).toBe(join(homedir(), 'VMs/Ubuntu.qcow2'));
  expect(config.providers.vmware.vmx).toBe(join(cwd, 'x.vmx'));
  expect(config.tunnel.identities).toEqual([join(folder.path, 'keys/a'), '/b']);
  expect(config.setup.repoDir).toBe(join(homedir(), 'arpo_remote_env'));
});

test('a file may write one value for a list, durations and sizes with units', async () => {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml':
      'server: { allow: 10.0.0.0/8, readyTimeout: 5m, bodyLimit: 1M }\ntunnel: { keepalive: 2 }',
  });
  const { config } = await loadConfig({ cwd: folder.path, env: {} });
  expect(config.server).toMatchObject({ allow: ['10.0.0.0/8'], readyTimeout: 300_000, bodyLimit: 2 ** 20 });
  expect(config.tunnel.keepalive).toBe(2000);
});

test('a local desktop has at least the memory that it needs to start', async () => {
  using folder = new TemporaryFolder();
  const load = (size: string) =>
    loadConfig({ cwd: folder.path, env: { ARPO_ENV_PROVIDERS_LOCAL_RAM_SIZE: size } });
  expect((await load('512M')).config.providers.local.ramSize).toBe(2 ** 29);
  await expect(load('511M')).rejects.toThrow('found "511M", allowed: a size from 512M, such as 4G');
});

test('pool servers may be written as their own clients accept them', async () => {
  using folder = new TemporaryFolder();
  const env = { OSWORLD_BASE_URL: '10.0.0.5, 10.0.0.6:9,https://pool.example/', OSWORLD_TOKEN: 'dart' };
  const { config } = await loadConfig({ cwd: folder.path, env });
  expect(config.providers.remote).toEqual({
    baseUrls: ['http://10.0.0.5:50003', 'http://10.0.0.6:9', 'https://pool.example'],
    token: 'dart',
  });
});

test('all that is wrong comes in one error: where, which key, what was found, what is allowed', async () => {
  using folder = new TemporaryFolder({ '.env': 'SCREEN_WIDTH=wide\n' });
  const file = folder.write(
    'arpo-env.config.yaml',
    [
      'providr: docker',
      'readyTimeout: 5m',
      'server.envs: 4',
      'gpu: 1',
      'server: { prot: 1, standby: "2", allow: [10.0.0.0/8, everyone] }',
      'screen: big',
      'tunnel: { keepalive: 5x, host: -oProxyCommand=x }',
    ].join('\n'),
  );
  const error = await failure(
    loadConfig({
      cwd: folder.path,
      env: { ARPO_ENV_SERVER_INSECURE: 'maybe' },
      flags: { provider: 'qemu', cluster: { rayPort: '70000' } },
    }),
  );
  expect(error).toMatchObject({ code: 'E_CONFIG', fix: expect.stringContaining('`arpo-env init --out') });
  const [head, ...lines] = error.message.split('\n  ');
  expect(head).toBe('13 settings are wrong:');
  expect(lines.toSorted()).toEqual(
    [
      `${file}: gpu: no such key; allowed: provider, screen, server, providers, evaluators, tunnel, cluster, setup`,
      `${file}: providr: no such key; did you mean provider?`,
      `${file}: readyTimeout: no such key; did you mean server.readyTimeout?`,
      `${file}: screen: found "big", allowed: a section with the keys width, height`,
      `${file}: server.allow: found [ '10.0.0.0/8', 'everyone' ], allowed: CIDR ranges such as 10.0.0.0/8 or 192.0.2.7/32`,
      `${file}: server.envs: no such key; keys are nested: write envs below server`,
      `${file}: server.prot: no such key; did you mean server.port?`,
      `${file}: server.standby: found "2", allowed: a whole number from 0 to 256`,
      `${file}: tunnel.host: found "-oProxyCommand=x", allowed: an SSH host such as deepx or user@cluster.example:22`,
      `${file}: tunnel.keepalive: found "5x", allowed: a duration such as 500ms, 90s, 5m or 1h, at most 24d (a plain number is seconds)`,
      'env ARPO_ENV_SERVER_INSECURE: server.insecure: found "maybe", allowed: true or false',
      'flag: cluster.rayPort: found 70000, allowed: a whole number from 0 to 65535',
      'flag: provider: found "qemu", allowed: auto, docker, vmware, aws, remote, local, attach, sim',
    ].toSorted(),
  );
});

test('one wrong value is one line, which names the .env file it came from', async () => {
  using folder = new TemporaryFolder({ '.env': 'SCREEN_WIDTH=wide\n' });
  const { message } = await failure(loadConfig({ cwd: folder.path, env: {} }));
  expect(message).toBe(
    `env SCREEN_WIDTH (${join(folder.path, '.env')}): screen.width: found "wide", allowed: a whole number from 320 to 16384`,
  );
});

test('neither a token nor the credentials of a URL get into an error', async () => {
  using folder = new TemporaryFolder();
  const { message } = await failure(
    loadConfig({
      cwd: folder.path,
      env: { OSWORLD_TOKEN: 's3 cret', ARPO_ENV_CLUSTER_ENV_URL: 'ftp://arpo:s3cret@cluster.example' },
    }),
  );
  expect(message).toContain('env OSWORLD_TOKEN: providers.remote.token: found (hidden)');
  expect(message).toContain('found "ftp://(hidden)@cluster.example"');
  expect(message).not.toMatch(/s3 ?cret/);
});

test('an unknown ARPO_ENV_* is a warning with the nearest known one', async () => {
  using folder = new TemporaryFolder({ '.env': 'ARPO_ENV_XYZZY_PLUGH_PLOVER=1\n' });
  const { warnings } = await loadConfig({
    cwd: folder.path,
    env: { ARPO_ENV_SERVER_PROT: '1', ARPO_ENV_E2E: 'require', UNRELATED: '1' },
  });
  expect(warnings).toEqual([
    `the variable ARPO_ENV_XYZZY_PLUGH_PLOVER of ${join(folder.path, '.env')} sets nothing`,
    'the variable ARPO_ENV_SERVER_PROT sets nothing; did you mean ARPO_ENV_SERVER_PORT?',
  ]);
});

test('an empty variable sets nothing, and the name in full wins over the established one', async () => {
  using folder = new TemporaryFolder();
  const env = {
    AWS_REGION: '',
    PROVIDER: 'docker',
    ARPO_ENV_PROVIDER: 'sim',
    DOCKER_VM_READY_TIMEOUT: '3600',
  };
  const { config, sources } = await loadConfig({ cwd: folder.path, env });
  expect(config.providers.aws.region).toBeUndefined();
  expect(config.provider).toBe('sim');
  expect(sources.provider).toEqual({ kind: 'env', name: 'ARPO_ENV_PROVIDER' });
  expect(config.server.readyTimeout).toBe(3_600_000);
});

test.skipIf(process.platform === 'win32')(
  'a file with a token that others may read is a warning',
  async () => {
    using folder = new TemporaryFolder();
    const file = folder.write('arpo-env.config.yaml', 'server: { token: s3cret }\n');
    chmodSync(file, 0o644);
    expect((await loadConfig({ cwd: folder.path, env: {} })).warnings).toEqual([
      `${file} holds a token and others may read it; fix it with: chmod 600 ${file}`,
    ]);
    chmodSync(file, 0o600);
    expect((await loadConfig({ cwd: folder.path, env: {} })).warnings).toEqual([]);
  },
);

test('a key named __proto__ is unknown, and changes nothing', async () => {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml': '__proto__: { provider: sim }\n' });
  expect((await failure(loadConfig({ cwd: folder.path, env: {} }))).message).toContain(
    '__proto__: no such key',
  );
});

test('a model is known by the names of its published weights', async () => {
  using folder = new TemporaryFolder();
  const model = async (name: string) =>
    (await loadConfig({ cwd: folder.path, env: { ARPO_ENV_SERVER_MODEL: name } })).config.server.model;
  expect(await model('ui-tars-2')).toBe('ui-tars-2');
  expect(await model('UI-TARS-1.5')).toBe('ui-tars-1.5');
  expect(await model('ByteDance-Seed/UI-TARS-1.5-7B')).toBe('ui-tars-1.5');
  expect(await model('UI-TARS-2B-SFT')).toBe('ui-tars-1.0');
  expect(await model('bytedance-research/UI-TARS-72B-DPO')).toBe('ui-tars-1.0');
  for (const name of ['UI-TARS-2B', 'ui-tars-1', 'qwen2.5-vl']) {
    await expect(model(name)).rejects.toThrow(
      `found "${name}", allowed: ui-tars-1.0, ui-tars-1.5, doubao-1.5-ui-tars, ui-tars-2`,
    );
  }
});
