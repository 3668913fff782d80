import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprint } from '../../src/ssh/login/known-hosts.js';
import { createPerson } from '../../src/ssh/login/person.js';
import type { TunnelOptions } from '../../src/tunnel/tunnel.js';
import { openTunnel } from '../../src/tunnel/tunnel.js';
import { personWho } from '../ssh/ssh-server.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, startService } from '../tunnel/fixtures.js';
import { makeKey, sshConfig, startTestSshd, writeScript } from './fixtures/sshd.js';

/** A tunnel with one forward of a free port. */
function open(options: Omit<TunnelOptions, 'forwards'>, service: { port: number }) {
  const local = { host: '127.0.0.1', port: service.port };
  return openTunnel({ ...options, forwards: [{ bind: '127.0.0.1', port: 0, local }] });
}

async function health(tunnel: ReturnType<typeof openTunnel>): Promise<number> {
  return (await fetch(`http://127.0.0.1:${tunnel.forwards[0]?.port}/health`)).status;
}

async function expectUp(options: Omit<TunnelOptions, 'forwards'>): Promise<void> {
  await using service = await startService();
  await using tunnel = open(options, service);
  await tunnel.up(deadline());
  expect(await health(tunnel)).toBe(200);
}

async function expectRefused(options: Omit<TunnelOptions, 'forwards'>, problem: object): Promise<void> {
  await using service = await startService();
  await using tunnel = open(options, service);
  await expect(tunnel.up(deadline())).rejects.toMatchObject(problem);
}

describeWith('sshd', 'the way into a real sshd', () => {
  beforeEach(() => void vi.stubEnv('SSH_AUTH_SOCK', ''));
  afterEach(() => void vi.unstubAllEnvs());

  describe.each(['ssh2', 'openssh'] as const)('by %s', (transport) => {
    it('goes through a second sshd (ProxyJump), each with its own key and known_hosts', async () => {
      using folder = new TemporaryFolder();
      await using bastion = await startTestSshd(folder, 'bastion', ['GatewayPorts no']);
      await using sshd = await startTestSshd(folder, 'cluster');
      const configFile = sshConfig(
        folder,
        sshd,
        ['ProxyJump bastion'],
        [
          'Host bastion',
          '  HostName 127.0.0.1',
          `  Port ${bastion.port}`,
          `  IdentityFile ${bastion.identityFile}`,
          `  UserKnownHostsFile ${bastion.knownHostsFile}`,
        ],
      );
      await expectUp({ host: 'deepx', configFile, transport });
      expect(bastion.log.join('\n')).toContain('Accepted publickey');
    });

    it('goes through a ProxyCommand', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const script = writeScript(
        folder,
        'proxy.mjs',
        `#!${process.execPath}
import { connect } from 'node:net';
const socket = connect(Number(process.argv[3]), process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
`,
      );
      const configFile = sshConfig(folder, sshd, [`ProxyCommand "${script}" %h %p`]);
      await expectUp({ host: 'deepx', configFile, transport });
    });

    it('unlocks an encrypted key by SSH_ASKPASS', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const path = `${folder.path}/encrypted`;
      folder.write('cluster-authorized_keys', `${makeKey(path, 'pass phrase')}\n`);
      const askpass = writeScript(
        folder,
        'askpass',
        `#!/bin/sh\necho "$1" >> '${folder.path}/asked'\necho 'pass phrase'\n`,
      );
      vi.stubEnv('SSH_ASKPASS', askpass);
      vi.stubEnv('SSH_ASKPASS_REQUIRE', 'force');
      const person = createPerson({ tell: () => {}, terminal: null, env: process.env });
      await expectUp({ ...sshd.target, identityFiles: [path], person, transport });
      expect(readFileSync(`${folder.path}/asked`, 'utf8')).toContain(path);
    });

    it('uses the key of an agent', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const socket = `${folder.path}/agent`;
      const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false, stdio: 'ignore' });
      try {
        await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 10_000 });
        vi.stubEnv('SSH_AUTH_SOCK', socket);
        await execa('ssh-add', ['-q', sshd.identityFile]);
        await expectUp({ ...sshd.target, identityFiles: [], transport });
      } finally {
        agent.kill();
        await agent;
      }
    });

    it('comes from the address that BindAddress names', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const configFile = sshConfig(folder, sshd, ['BindAddress 127.0.0.2', 'AddressFamily inet']);
      await expectUp({ host: 'deepx', configFile, transport });
      expect(sshd.log.join('\n')).toContain('from 127.0.0.2');
    });

    it('refuses a host whose key has changed, and names the line', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const other = makeKey(`${folder.path}/other`);
      folder.write('cluster-known_hosts', `# known\n[127.0.0.1]:${sshd.port} ${other}\n`);
      await expectRefused(
        { ...sshd.target, transport },
        {
          code: 'E_SSH_HOST_KEY',
          message: expect.stringMatching(/HAS CHANGED/),
          fix: expect.stringContaining(
            `ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f '${sshd.knownHostsFile}'`,
          ),
        },
      );
    });

    it('refuses a host that nobody knows, and takes it with accept-new', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const knownHostsFile = folder.write('empty', '');
      const options = { ...sshd.target, knownHostsFile, transport };
      await expectRefused(options, { code: 'E_SSH_HOST_KEY' });
      await expectUp({ ...options, acceptNew: true });
      expect(readFileSync(knownHostsFile, 'utf8')).toContain(sshd.hostKey);
    });

    it('says which keys were refused', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const identityFiles = [`${folder.path}/stranger`];
      makeKey(`${folder.path}/stranger`);
      await expectRefused(
        { ...sshd.target, identityFiles, transport },
        {
          code: 'E_SSH_AUTH',
          message: expect.stringMatching(/stranger: refused/),
          fix: expect.stringContaining('ssh-copy-id'),
        },
      );
    });

    it('stops at AllowTcpForwarding no', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', ['AllowTcpForwarding no']);
      await expectRefused(
        { ...sshd.target, transport },
        {
          code: 'E_TUNNEL_FORWARD',
          fix: expect.stringContaining('AllowTcpForwarding'),
        },
      );
    });

    it('stops at PermitListen for another port', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', ['PermitListen 127.0.0.1:1']);
      await expectRefused(
        { ...sshd.target, transport },
        {
          code: 'E_TUNNEL_FORWARD',
          fix: expect.stringContaining('PermitListen'),
        },
      );
    });

    it('works with MaxSessions 1', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', ['MaxSessions 1']);
      await expectUp({ ...sshd.target, transport });
    });

    it('knows a host by its hashed name', async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      await execa('ssh-keygen', ['-H', '-f', sshd.knownHostsFile]);
      expect(readFileSync(sshd.knownHostsFile, 'utf8')).toMatch(/^\|1\|/);
      await expectUp({ ...sshd.target, transport });
    });
  });

  it('asks at the terminal for the key of a new host, and saves it hashed', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    folder.write('cluster-known_hosts', '');
    const configFile = sshConfig(folder, sshd, ['HashKnownHosts yes']);
    await expectRefused(
      { host: 'deepx', configFile, person: personWho({ 'not known yet': 'no' }) },
      {
        code: 'E_SSH_HOST_KEY',
      },
    );
    const person = personWho({
      'not known yet': fingerprint(Buffer.from(sshd.hostKey.split(' ')[1] ?? '', 'base64')),
    });
    await expectUp({ host: 'deepx', configFile, person });
    expect(readFileSync(sshd.knownHostsFile, 'utf8')).toMatch(/^\|1\|.* ssh-ed25519 /);
    await expectUp({ host: 'deepx', configFile });
  });

  it('needs a certificate where the key alone does not do: the system ssh has it, ours says so', async () => {
    using folder = new TemporaryFolder();
    makeKey(`${folder.path}/ca`);
    makeKey(`${folder.path}/id_ed25519`);
    const principal = userInfo().username;
    await execa('ssh-keygen', ['-q', '-s', 'ca', '-I', 'test', '-n', principal, 'id_ed25519.pub'], {
      cwd: folder.path,
    });
    await using sshd = await startTestSshd(folder, 'cluster', [`TrustedUserCAKeys ${folder.path}/ca.pub`]);
    const options = { ...sshd.target, identityFiles: [`${folder.path}/id_ed25519`] };
    await expectRefused(options, {
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('id_ed25519-cert.pub'),
      fix: expect.stringContaining('--transport openssh'),
    });
    await expectUp({ ...options, transport: 'openssh' });
  });

  it('says that the system ssh is missing', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    vi.stubEnv('PATH', dirname(folder.path));
    await expectRefused(
      { ...sshd.target, transport: 'openssh' },
      {
        code: 'E_CONFIG',
        message: expect.stringContaining('there is no ssh program in PATH'),
      },
    );
  });
});
