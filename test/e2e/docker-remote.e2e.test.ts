import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { freePort } from '../../src/host/ports.js';
import { DockerProvider } from '../../src/providers/docker/provider.js';
import { findExecutable } from '../support/components.js';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';

const forever = new AbortController().signal;

describeWithDockerd('a daemon that is not behind a local socket', () => {
  let folder: string;
  let daemon: TestDockerd;
  let tlsPort: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-docker-remote-'));
    await makeCertificates(folder);
    tlsPort = await freePort();
    const tls = [
      '--tlsverify',
      '--tlscacert',
      'ca.pem',
      '--tlscert',
      'server-cert.pem',
      '--tlskey',
      'server-key.pem',
    ];
    const flags = tls.map((word) => (word.endsWith('.pem') ? join(folder, word) : word));
    daemon = await TestDockerd.start({ flags: ['-H', `tcp://127.0.0.1:${tlsPort}`, ...flags] });
    await buildDesktopImage(daemon);
  }, 600_000);
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv) =>
    new DockerProvider({
      image: DESKTOP_IMAGE,
      ramSize: 1024 ** 3,
      cpuCores: 1,
      diskSize: 1024 ** 3,
      publishAddress: '127.0.0.1',
      env: { ...process.env, DOCKER_CONFIG: folder, DOCKER_CONTEXT: undefined, ...env },
    }).start({ signal: forever, onProgress: () => {} });

  it('TLS: with the right certificates', async () => {
    const tls = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    await using desktop = await start({ DOCKER_HOST: `tcp://127.0.0.1:${tlsPort}`, ...tls });
    await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal: forever });
  });

  it('TLS: without certificates the error says which variables to set', async () => {
    await expect(start({ DOCKER_HOST: `tcp://127.0.0.1:${tlsPort}` })).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringMatching(/HTTP request to an HTTPS server/),
      fix: expect.stringContaining('DOCKER_CERT_PATH'),
    });
  });

  it('TLS: a file that is missing is named', async () => {
    const tls = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' };
    await expect(start({ DOCKER_HOST: `tcp://127.0.0.1:${tlsPort}`, ...tls })).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringContaining('/nowhere/'),
    });
  });

  it("SSH: the daemon and the desktop's ports come through the user's own ssh", async () => {
    const port = await freePort();
    const sshd = await startSshd(folder, port, `unix://${daemon.socket}`);
    try {
      vi.stubEnv('PATH', `${folder}/bin${delimiter}${process.env.PATH}`);
      const before = await daemon.everything();
      {
        await using desktop = await start({ DOCKER_HOST: `ssh://root@127.0.0.1:${port}` });
        await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal: forever });
        expect((await new AgentClient(desktop.endpoints.agent).screenshot()).length).toBeGreaterThan(1000);
        const published = (await daemon.api.getContainer(desktop.id).inspect()).NetworkSettings.Ports;
        expect(published['5000/tcp']?.[0]?.HostPort).not.toBe(desktop.endpoints.agent.port);
        await desktop.pause();
        await desktop.resume();
        expect(await desktop.logs(10)).toContain('arpo-env guest is ready');
      }
      expect(await daemon.everything()).toEqual(before);
    } finally {
      vi.unstubAllEnvs();
      sshd.kill('SIGTERM');
    }
  });

  it('SSH: a host that refuses is told with the command to try', async () => {
    await expect(start({ DOCKER_HOST: `ssh://root@127.0.0.1:${await freePort()}` })).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringContaining('Connection refused'),
      fix: expect.stringMatching(/^make this work first: ssh -p \d+ root@127\.0\.0\.1 docker version$/),
    });
  });
});

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder });
  const year = ['-days', '365', '-nodes', '-newkey', 'rsa:2048'];
  await openssl('req', '-x509', ...year, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=test ca');
  await writeFile(
    join(folder, 'names'),
    'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  for (const [name, prefix] of [
    ['server', 'server-'],
    ['client', ''],
  ] as const) {
    const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${prefix}key.pem`, '-out', `${name}.csr`];
    await openssl('req', ...request, '-subj', `/CN=${name}`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '365'];
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-out',
      `${prefix}cert.pem`,
      '-extfile',
      'names',
    );
  }
}

/** An sshd whose sessions find this daemon, and an `ssh` in `folder/bin` that knows its key and has one of its own. */
async function startSshd(folder: string, port: number, dockerHost: string): Promise<ChildProcess> {
  for (const key of ['host', 'user'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
  await execa('cp', [join(folder, 'user.pub'), join(folder, 'authorized_keys')]);
  const { stdout: hostKey } = await execa('cat', [join(folder, 'host.pub')]);
  await writeFile(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  const server = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no',
    'PermitRootLogin yes',
    'UsePAM no',
    `SetEnv DOCKER_HOST=${dockerHost}`,
    `PidFile ${folder}/sshd.pid`,
  ];
  const client = [
    `IdentityFile ${folder}/user`,
    `UserKnownHostsFile ${folder}/known_hosts`,
    'StrictHostKeyChecking yes',
  ];
  await writeFile(join(folder, 'sshd_config'), `${server.join('\n')}\n`);
  await writeFile(join(folder, 'ssh_config'), `${client.join('\n')}\n`);
  await execa('mkdir', ['-p', join(folder, 'bin'), '/run/sshd']);
  await writeFile(join(folder, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${folder}/ssh_config' "$@"\n`);
  await chmod(join(folder, 'bin/ssh'), 0o755);
  const sshd = spawn(findExecutable('sshd') ?? 'sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: 'ignore',
  });
  await vi.waitFor(() => execa(join(folder, 'bin/ssh'), ['-p', String(port), 'root@127.0.0.1', 'true']), {
    timeout: 20_000,
    interval: 100,
  });
  return sshd;
}
