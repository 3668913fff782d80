import { chmod, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { createClusterFiles } from '../../src/demo/cluster-files.js';
import { deadline, openRecorded, startService } from './fixtures.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe('what only a person can fix stops a tunnel that never was up', () => {
  it('a key that the server does not know', async () => {
    await using stranger = await createClusterFiles();
    await expectStop({ identityFiles: [stranger.identityFile] }, 'auth-refused', {
      code: 'E_SSH_AUTH',
      message: expect.stringContaining(`${stranger.identityFile}: refused`),
      fix: expect.stringContaining('ssh-copy-id'),
    });
  });

  it('a host key that is not known', async () => {
    await using files = await createClusterFiles();
    await expectStop({ knownHostsFile: files.knownHostsFile }, 'host-key', {
      code: 'E_SSH_HOST_KEY',
      message: expect.stringMatching(/is not in known_hosts: ecdsa-sha2-nistp256 SHA256:[\w+/]{43}$/),
      fix: expect.stringContaining('--accept-new'),
    });
  });

  it('a host key that has changed, also with acceptNew', async () => {
    await using files = await createClusterFiles();
    await files.trust(cluster.host, cluster.port);
    await expectStop({ knownHostsFile: files.knownHostsFile, acceptNew: true }, 'host-key', {
      code: 'E_SSH_HOST_KEY',
      message: expect.stringContaining(`HAS CHANGED`),
      fix: expect.stringContaining(
        `ssh-keygen -R '[127.0.0.1]:${cluster.port}' -f '${files.knownHostsFile}'`,
      ),
    });
  });

  it('a key file that others can read', async () => {
    await using files = await createClusterFiles();
    await chmod(files.identityFile, 0o644);
    await expectStop({ identityFiles: [files.identityFile] }, 'key-file', {
      code: 'E_SSH_KEY_FILE',
      message: `the private key ${files.identityFile} can be read by others (mode 0644)`,
      fix: `chmod 600 '${files.identityFile}'`,
    });
  });

  it('a port on the cluster that somebody else holds', async () => {
    await using other = await startService();
    await expectStop(
      { forwards: [{ bind: '127.0.0.1', port: other.port, local: { host: '127.0.0.1', port: 1 } }] },
      'port-held',
      { code: 'E_TUNNEL_PORT_HELD', message: expect.stringContaining(`127.0.0.1:${other.port}`) },
    );
    expect((await fetch(`http://127.0.0.1:${other.port}/health`)).status).toBe(200);
  });

  async function expectStop(
    options: Parameters<typeof openRecorded>[2],
    reason: string,
    problem: object,
  ): Promise<void> {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service, options);
    await expect(tunnel.up(deadline())).rejects.toMatchObject(problem);
    expect(tunnel.events.at(-1)).toMatchObject({ state: 'stopped', reason, problem });
    expect(tunnel.events.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  }
});

it('saves a new host key only when told to, and then knows it', async () => {
  await using service = await startService();
  await using files = await createClusterFiles();
  const { knownHostsFile } = files;
  {
    await using tunnel = openRecorded(cluster, service, { knownHostsFile, acceptNew: true });
    await tunnel.up(deadline());
  }
  await using tunnel = openRecorded(cluster, service, { knownHostsFile });
  await tunnel.up(deadline());
  expect(await readFile(knownHostsFile, 'utf8')).toMatch(/^\[127\.0\.0\.1\]:\d+ ecdsa-sha2-nistp256 \S+\n$/);
});
