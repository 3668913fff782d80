/** What ssh_config says, against a real sshd: taken over, told when it is not, refused where leaving it out would be unsafe. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openTunnel, type TunnelOptions } from '../../src/tunnel/tunnel.js';
import { personWho } from '../ssh/ssh-server.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, startService } from '../tunnel/fixtures.js';
import { sshConfig, startTestSshd } from './fixtures/sshd.js';

async function comeUp(options: Omit<TunnelOptions, 'forwards' | 'host'>): Promise<void> {
  await using service = await startService();
  const local = { host: '127.0.0.1', port: service.port };
  await using tunnel = openTunnel({
    host: 'deepx',
    ...options,
    forwards: [{ bind: '127.0.0.1', port: 0, local }],
  });
  await tunnel.up(deadline());
  expect((await fetch(`http://127.0.0.1:${tunnel.forwards[0]?.port}/health`)).status).toBe(200);
}

describeWith('sshd', 'ssh_config, on the way to a real sshd', () => {
  beforeEach(() => void vi.stubEnv('SSH_AUTH_SOCK', ''));
  afterEach(() => void vi.unstubAllEnvs());

  it.each(['ssh2', 'openssh'] as const)(
    'has its KexAlgorithms, Ciphers and MACs kept to by %s, without a word',
    async (transport) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', [
        'KexAlgorithms diffie-hellman-group14-sha1',
        'Ciphers aes256-cbc',
        'MACs hmac-sha1-96',
        'LogLevel DEBUG',
      ]);
      const person = personWho({});
      const plain = sshConfig(folder, sshd);
      await expect(comeUp({ configFile: plain, transport })).rejects.toMatchObject({
        code: 'E_CONFIG',
        fix: 'allow one of these for this host in ssh_config: KexAlgorithms +diffie-hellman-group14-sha1',
      });
      const configFile = sshConfig(folder, sshd, [
        'KexAlgorithms +diffie-hellman-group14-sha1',
        'Ciphers aes256-cbc',
        'MACs hmac-sha1-96',
      ]);
      await comeUp({ configFile, transport, person });
      expect(sshd.log.join('\n')).toContain('kex: algorithm: diffie-hellman-group14-sha1');
      expect(sshd.log.join('\n')).toContain('cipher: aes256-cbc MAC: hmac-sha1-96');
      expect(person.told).toEqual([]);
    },
  );

  it('that asks for what ours does not do is told once, with the way out', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    const configFile = sshConfig(folder, sshd, ['Compression yes', 'PKCS11Provider /usr/lib/card.so']);
    const person = personWho({});
    await comeUp({ configFile, person });
    await comeUp({ configFile, person });
    expect(person.told).toEqual([
      "ignored for deepx: Compression yes, PKCS11Provider /usr/lib/card.so (arpo-env's own SSH client does not support that; --transport openssh does)",
    ]);
  });

  it.each(['ssh2', 'openssh'] as const)(
    'refuses an RSA host key under RequiredRSASize by %s',
    async (transport) => {
      using folder = new TemporaryFolder();
      const key = `${folder.path}/rsa`;
      await execa('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', key]);
      await using sshd = await startTestSshd(folder, 'cluster', [`HostKey ${key}`]);
      const known = readFileSync(`${key}.pub`, 'utf8');
      folder.write('cluster-known_hosts', `[127.0.0.1]:${sshd.port} ${known}`);
      const lines = ['HostKeyAlgorithms rsa-sha2-512', 'RequiredRSASize'];
      await comeUp({ configFile: sshConfig(folder, sshd, [lines[0] ?? '', `${lines[1]} 2048`]), transport });
      const configFile = sshConfig(folder, sshd, [lines[0] ?? '', `${lines[1]} 3072`]);
      await expect(comeUp({ configFile, transport, maxRetries: 0 })).rejects.toMatchObject({
        message: expect.stringMatching(/RSA of 2048 bits|key length/i),
      });
    },
  );

  it('with RevokedHostKeys is for the system ssh, which checks them', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    const revoked = folder.write('revoked', `${sshd.hostKey}\n`);
    const configFile = sshConfig(folder, sshd, [`RevokedHostKeys ${revoked}`]);
    await expect(comeUp({ configFile })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('RevokedHostKeys'),
      fix: expect.stringContaining('--transport openssh'),
    });
    await expect(comeUp({ configFile, transport: 'openssh' })).rejects.toMatchObject({
      code: 'E_SSH_HOST_KEY',
    });
  });

  it('reads ssh_config by itself where there is no ssh program, and says what it leaves out', async () => {
    using folder = new TemporaryFolder();
    await using bastion = await startTestSshd(folder, 'bastion');
    await using sshd = await startTestSshd(folder, 'cluster');
    folder.write(
      'more.conf',
      `Host bastion\n  HostName 127.0.0.1\n  Port ${bastion.port}\n  IdentityFile ${bastion.identityFile}\n  UserKnownHostsFile ${bastion.knownHostsFile}\n`,
    );
    const configFile = sshConfig(
      folder,
      sshd,
      ['ProxyJump bastion'],
      ['Host *', `  Include ${folder.path}/mo*.conf`, 'Match exec "true"', '  Port 1'],
    );
    vi.stubEnv('PATH', folder.path);
    const person = personWho({});
    await comeUp({ configFile, person });
    expect(person.told).toContainEqual(expect.stringContaining('Match exec "true"'));
  });
});
