import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, type Service, startService } from '../tunnel/fixtures.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

let cluster: Cluster;
let service: Service;

beforeAll(async () => {
  cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
  service = await startService();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** `arpo-env tunnel` as a process of its own, with known hosts of its own: ssh looks for them in the account's home, whatever HOME says. */
function run(home: TemporaryFolder, ...args: string[]) {
  const config = home.write('ssh_config', `UserKnownHostsFile ${home.path}/known_hosts\n`);
  const target = [`${cluster.user}@127.0.0.1:${cluster.port}`, '--ssh-config', config];
  return cli(home, 'tunnel', ...target, ...args);
}

function cli(home: TemporaryFolder, ...args: string[]) {
  return execa(process.execPath, [bin, ...args], {
    cwd: home.path,
    env: { HOME: home.path, ARPO_ENV_STATE_DIR: home.path, SSH_AUTH_SOCK: '' },
    reject: false,
    stdin: 'ignore',
    cancelSignal: deadline(),
  });
}

test('it says where the service is, carries requests, and stops cleanly', async () => {
  using home = new TemporaryFolder();
  const tunnel = run(home, '-R', `0:127.0.0.1:${service.port}`, '-i', cluster.identityFile, '--accept-new');
  const [url] = (await once(createInterface(tunnel.stdout), 'line')) as [string];
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${url}/health`)).status).toBe(200);

  tunnel.kill('SIGINT');
  const { exitCode, stderr } = await tunnel;

  expect(exitCode).toBe(130);
  expect(stderr).toMatch(
    new RegExp(
      `^✓ \\d\\d:\\d\\d:\\d\\d up: .* 127\\.0\\.0\\.1:\\d+ → 127\\.0\\.0\\.1:${service.port}\n! .* answers without credentials: .*\n→ openssl .*\nstopped$`,
    ),
  );
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test('with --json every change of state is one document, and so is the error', async () => {
  using home = new TemporaryFolder();
  const { exitCode, stdout, stderr } = await run(
    home,
    '-R',
    `0:127.0.0.1:${service.port}`,
    '-i',
    cluster.identityFile,
    '--json',
  );
  const documents = stdout
    .split('\n')
    .map((line) => JSON.parse(line) as { state?: string; error?: { code: string } });

  expect(exitCode).toBe(1);
  expect(stderr).toBe('');
  expect(documents.map(({ state, error }) => state ?? error?.code)).toEqual([
    'connecting',
    'stopped',
    'E_SSH_HOST_KEY',
  ]);
});

test('what only a person can fix ends it with the fix', async () => {
  using home = new TemporaryFolder();
  const { exitCode, stdout, stderr } = await run(
    home,
    '-R',
    `0:127.0.0.1:${service.port}`,
    '-i',
    cluster.identityFile,
  );

  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /^✗ the host key of .* is not in known_hosts: \S+ SHA256:\S+\n→ compare the fingerprint .*--accept-new$/,
  );
});

test('a wrong flag is a usage error', async () => {
  using home = new TemporaryFolder();
  expect(await run(home, '-R', '15001')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[bind:]port:host:port'),
  });
  expect(await run(home, '--keepalive', 'often')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^✗ --keepalive: found "often", allowed: a duration/),
  });
});

test('with --detach it runs in the background, where status, logs and stop know it', async () => {
  using home = new TemporaryFolder();
  const forward = ['-R', `0:127.0.0.1:${service.port}`, '-i', cluster.identityFile, '--accept-new'];
  const started = await run(home, ...forward, '--metrics-port', '0', '--detach', '--json');
  const { urls, pid, state } = JSON.parse(started.stdout) as { urls: string[]; pid: number; state: string };
  const [url = ''] = urls;
  expect(state).toBe('up');
  expect((await fetch(`${url}/health`)).status).toBe(200);

  const status = await cli(home, 'status', '--json');
  expect(status.exitCode).toBe(0);
  expect(JSON.parse(status.stdout).runs).toMatchObject([
    {
      kind: 'tunnel',
      state: 'up',
      healthy: true,
      pid,
      tunnel: { forwards: [{ url }], stats: { requests: 1 } },
    },
  ]);
  expect((await cli(home, 'status')).stdout).toContain('1 request ');
  expect((await cli(home, 'logs', 'tunnel')).stdout).toContain('"state":"up"');

  const stopped = await cli(home, 'stop', 'tunnel', '--json');
  expect(JSON.parse(stopped.stdout).stopped).toMatchObject([{ kind: 'tunnel', pid, how: 'exited' }]);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  expect(await readdir(join(home.path, 'runs'))).toEqual([]);
});

test('what makes the background fail is said in the foreground, and nothing stays', async () => {
  using home = new TemporaryFolder();
  const { exitCode, stderr } = await run(
    home,
    '-R',
    `0:127.0.0.1:${service.port}`,
    '-i',
    cluster.identityFile,
    '--detach',
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('is not in known_hosts');
  expect(await readdir(join(home.path, 'runs'))).toEqual([]);
});
