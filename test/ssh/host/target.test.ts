import { chmodSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveTarget, type TargetOptions } from '../../../src/ssh/host/target.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline } from '../../tunnel/fixtures.js';

afterEach(() => void vi.unstubAllEnvs());

const HOME = userInfo().homedir;

describe('without ssh_config', () => {
  it('is what is written, with the defaults of ssh', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent.sock');
    expect(
      await resolve({ host: 'cluster.example:2222', configFile: 'none', identityFiles: ['~/key.pem'] }),
    ).toEqual({
      name: 'cluster.example:2222',
      destination: { host: 'cluster.example:2222', configFile: 'none' },
      alias: 'cluster.example',
      host: 'cluster.example',
      port: 2222,
      user: userInfo().username,
      identityFiles: [
        { path: join(HOME, 'key.pem'), required: true },
        ...['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => ({
          path: join(HOME, '.ssh', name),
          required: false,
        })),
      ],
      identitiesOnly: false,
      agentSocket: '/run/agent.sock',
      knownHostsFiles: [join(HOME, '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
      newHostKeysFile: join(HOME, '.ssh', 'known_hosts'),
      hashKnownHosts: false,
      hostKeyAlias: null,
      newHostKeys: 'ask',
      certificateFiles: [],
      methods: ['publickey', 'keyboard-interactive', 'password'],
      acceptedKeys: null,
      requiredRsaBits: 0,
      prompts: 3,
      algorithms: { hostKeys: null, kex: null, ciphers: null, macs: null },
      proxy: null,
      family: null,
      bindAddress: null,
      connectTimeoutMs: 10_000,
      connectTimeoutIsSet: false,
      trustsLoopback: false,
      silenceMs: null,
      forks: false,
      ignored: [],
    });
  });

  it('lets options win over the address', async () => {
    const target = await resolve({ host: 'a@cluster.example:1', user: 'user', port: 22, configFile: 'none' });
    expect(target).toMatchObject({ user: 'user', port: 22 });
  });

  it('needs no ssh program', async () => {
    using folder = new TemporaryFolder();
    const configFile = folder.write('config', 'Host deepx\n  HostName cluster.example\n  Port 2222\n');
    vi.stubEnv('PATH', folder.path);

    expect(await resolve({ host: 'deepx', configFile })).toMatchObject({
      host: 'cluster.example',
      port: 2222,
    });
  });
});

describe('what ssh -G says', () => {
  it('is taken over', async () => {
    using ssh = new FakeSsh(
      `
      host deepx
      user deploy
      hostname cluster.example
      port 2222
      identitiesonly yes
      hashknownhosts yes
      stricthostkeychecking accept-new
      hostkeyalias deepx-key
      identityfile ~/.ssh/%h_key
      identityfile /keys/%r%%
      identityagent $OTHER_AGENT
      proxyjump none
      certificatefile ~/.ssh/id-cert.pub
      serveraliveinterval 7
      serveralivecountmax 2
      addressfamily inet6
      bindaddress 10.0.0.7
      hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512,ssh-ed25519
      ciphers aes256-ctr,none,aes128-gcm@openssh.com
      kexalgorithms sntrup761x25519-sha512,diffie-hellman-group14-sha1
      macs hmac-sha2-512
      preferredauthentications gssapi-with-mic,keyboard-interactive,password,publickey
      pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512
      requiredrsasize 3072
      knownhostscommand /usr/bin/keys %H
      compression yes
      gssapikeyexchange no
      tunnel point-to-point
      pubkeyauthentication true
      passwordauthentication no
      numberofpasswordprompts 1
      globalknownhostsfile none
      userknownhostsfile /a/known_hosts ~/b
      connecttimeout 7
    `,
      { defaults: 'hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519' },
    );
    vi.stubEnv('OTHER_AGENT', '/run/other.sock');
    expect(await resolve({ host: 'deepx', port: 2200 })).toEqual({
      name: 'deepx',
      destination: { host: 'deepx', port: 2200 },
      alias: 'deepx',
      host: 'cluster.example',
      port: 2200,
      user: 'deploy',
      identityFiles: [
        { path: join(HOME, '.ssh', 'cluster.example_key'), required: false },
        { path: '/keys/deploy%', required: false },
      ],
      identitiesOnly: true,
      agentSocket: '/run/other.sock',
      knownHostsFiles: ['/a/known_hosts', join(HOME, 'b')],
      newHostKeysFile: '/a/known_hosts',
      hashKnownHosts: true,
      hostKeyAlias: 'deepx-key',
      newHostKeys: 'accept',
      certificateFiles: [join(HOME, '.ssh', 'id-cert.pub')],
      methods: ['keyboard-interactive', 'publickey'],
      acceptedKeys: ['ssh-ed25519', 'rsa-sha2-512'],
      requiredRsaBits: 3072,
      prompts: 1,
      algorithms: {
        hostKeys: ['rsa-sha2-512', 'ssh-ed25519'],
        kex: ['diffie-hellman-group14-sha1'],
        ciphers: ['aes256-ctr', 'aes128-gcm@openssh.com'],
        macs: ['hmac-sha2-512'],
      },
      proxy: null,
      family: 6,
      bindAddress: '10.0.0.7',
      connectTimeoutMs: 7000,
      connectTimeoutIsSet: true,
      trustsLoopback: false,
      silenceMs: 14_000,
      forks: false,
      ignored: [
        "KexAlgorithms sntrup761x25519-sha512, Ciphers none, Compression yes, KnownHostsCommand /usr/bin/keys %H (arpo-env's own SSH client does not support that; --transport openssh does)",
      ],
    });
    expect(ssh).toBeDefined();
  });

  it('is asked with what the user said, the host after a `--`', async () => {
    using _ssh = new FakeSsh('hostkeyalias $ARGS');
    const target = await resolve({ host: 'user@deepx:2222', configFile: '/my/config' });
    expect(target.hostKeyAlias).toBe('-G -N -F /my/config -l user -p 2222 -- deepx');
  });

  it.each([
    ['IdentityAgent none', 'identityagent none', { agentSocket: null }],
    ['no agent at all', '', { agentSocket: null }],
    ['StrictHostKeyChecking no', 'stricthostkeychecking false', { newHostKeys: 'accept' }],
    ['StrictHostKeyChecking yes', 'stricthostkeychecking true', { newHostKeys: 'refuse' }],
    ['StrictHostKeyChecking ask', 'stricthostkeychecking ask', { newHostKeys: 'ask' }],
    ['BatchMode', 'batchmode yes', { prompts: 0 }],
    ['ProxyJump', 'proxyjump a@b:2222,c', { proxy: { kind: 'jump', hops: 'a@b:2222,c' } }],
    [
      'ProxyCommand',
      'proxycommand nc -x "a b" %h %p',
      { proxy: { kind: 'command', command: 'nc -x "a b" %h %p' } },
    ],
    ['no connect timeout', 'connecttimeout none', { connectTimeoutMs: 10_000, connectTimeoutIsSet: false }],
    ['no check on loopback', 'nohostauthenticationforlocalhost yes', { trustsLoopback: true }],
    ['IdentityFile none', 'identityfile none', { identityFiles: [] }],
    [
      'tokens and variables',
      'hostname h.example\nuser u\nhostkeyalias k\nidentityfile ${ARPO_ENV_X}/%h-%n-%r-%p-%k-%u-%i%%',
      {
        identityFiles: [
          { path: `/x/h.example-deepx-u-22-k-${userInfo().username}-${userInfo().uid}%`, required: false },
        ],
      },
    ],
    [
      'paths with blanks',
      'userknownhostsfile /my files/a ~/b c\nglobalknownhostsfile none',
      { knownHostsFiles: ['/my files/a', `${HOME}/b c`], newHostKeysFile: '/my files/a' },
    ],
    [
      'only the known hosts of the system',
      'userknownhostsfile none\nglobalknownhostsfile /etc/k',
      { knownHostsFiles: ['/etc/k'], newHostKeysFile: null },
    ],
  ])('%s', async (_title, text, expected) => {
    using _ssh = new FakeSsh(text);
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    vi.stubEnv('HOME', '/elsewhere');
    vi.stubEnv('ARPO_ENV_X', '/x');
    expect(await resolve({ host: 'deepx' })).toMatchObject(expected);
  });

  it.each(['${ARPO_ENV_UNSET}/key', '~/%q'])(
    'may stand for nothing (%s), which is an error',
    async (path) => {
      using _ssh = new FakeSsh(`identityfile ${path}`);
      await expect(resolve({ host: 'deepx' })).rejects.toMatchObject({
        code: 'E_CONFIG',
        message: expect.stringContaining(`ssh_config has IdentityFile ${path}, and`),
      });
    },
  );

  it.each([
    ['hostkeyalgorithms ssh-dss', 'HostKeyAlgorithms'],
    ['ciphers arcfour', 'Ciphers'],
    ['kexalgorithms mlkem768x25519-sha256', 'KexAlgorithms'],
    ['macs umac-64@openssh.com', 'MACs'],
    ['proxycommand p\nproxyusefdpass yes', 'ProxyUseFdpass'],
    ['revokedhostkeys /etc/ssh/revoked', 'RevokedHostKeys'],
  ])('may be more than ssh2 can do (%s), which only the system ssh gets around', async (text, keyword) => {
    using _ssh = new FakeSsh(text);
    await expect(resolve({ host: 'deepx' })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining(keyword),
      fix: expect.stringContaining('--transport openssh'),
    });
    await expect(resolve({ host: 'deepx', transport: 'openssh' })).resolves.toMatchObject({ ignored: [] });
  });

  it("is not news where it is ssh's own default, whatever ssh2 makes of that", async () => {
    const defaults = `
      kexalgorithms sntrup761x25519-sha512,curve25519-sha256
      ciphers chacha20-poly1305@openssh.com,aes128-ctr
      macs umac-64@openssh.com,hmac-sha1
      ipqos lowdelay throughput
      securitykeyprovider internal
      pubkeyacceptedalgorithms ssh-ed25519
    `;
    using _ssh = new FakeSsh(defaults, { defaults });
    expect(await resolve({ host: 'deepx' })).toMatchObject({
      algorithms: { hostKeys: null, kex: null, ciphers: null, macs: null },
      acceptedKeys: null,
      ignored: [],
    });
  });

  it('adds to the default without a word about what ssh2 never knew of it', async () => {
    using _ssh = new FakeSsh('kexalgorithms mlkem768x25519-sha256,diffie-hellman-group14-sha1', {
      defaults: 'kexalgorithms mlkem768x25519-sha256',
    });
    expect(await resolve({ host: 'deepx' })).toMatchObject({
      algorithms: { kex: ['diffie-hellman-group14-sha1'] },
      ignored: [],
    });
  });

  it("is the system ssh's own business with --transport openssh", async () => {
    using _ssh = new FakeSsh('knownhostscommand /usr/bin/keys\nrevokedhostkeys /revoked');
    expect(await resolve({ host: 'deepx', transport: 'openssh' })).toMatchObject({ ignored: [] });
  });

  it.each([
    [
      '+ssh-dss,ssh-rsa',
      [
        'ssh-ed25519',
        'ecdsa-sha2-nistp256',
        'ecdsa-sha2-nistp384',
        'ecdsa-sha2-nistp521',
        'rsa-sha2-512',
        'rsa-sha2-256',
        'ssh-rsa',
        'ssh-rsa',
      ],
    ],
    ['-ecdsa-*,ssh-rsa', ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']],
    [
      '^rsa-sha2-256',
      [
        'rsa-sha2-256',
        'ssh-ed25519',
        'ecdsa-sha2-nistp256',
        'ecdsa-sha2-nistp384',
        'ecdsa-sha2-nistp521',
        'rsa-sha2-512',
        'ssh-rsa',
      ],
    ],
  ])('may change a default list where there is no ssh to work it out (%s)', async (list, hostKeys) => {
    using folder = new TemporaryFolder();
    const configFile = folder.write('config', `HostKeyAlgorithms ${list}\n`);
    vi.stubEnv('PATH', folder.path);
    expect(await resolve({ host: 'deepx', configFile })).toMatchObject({ algorithms: { hostKeys } });
  });

  it('about the way there gives way to --jump', async () => {
    using _ssh = new FakeSsh('proxycommand p');
    expect(await resolve({ host: 'deepx', jump: 'a,b' })).toMatchObject({ proxy: { hops: 'a,b' } });
    expect(await resolve({ host: 'deepx', jump: 'none' })).toMatchObject({ proxy: null });
  });

  it('may be an error of the config, which is passed on', async () => {
    using _ssh = new FakeSsh('', { error: '/home/user/.ssh/config line 3: Bad configuration option: portt' });
    await expect(resolve({ host: 'deepx' })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('line 3: Bad configuration option: portt'),
    });
  });
});

const resolve = (options: TargetOptions) => resolveTarget(options, deadline());

/** An `ssh` first in PATH that prints this text, and for a host without a config the defaults; or fails. `$ARGS` in it are its arguments. */
class FakeSsh extends TemporaryFolder {
  constructor(output: string, { defaults = '', error = '' } = {}) {
    super();
    const quoted = (lines: string) => `'${lines.trim().replace(/^ +/gm, '')}'`;
    const script = error
      ? `echo ${quoted(error)} >&2; exit 255`
      : `if [ "$4" = none ]; then echo ${quoted(defaults)}; else echo ${quoted(output).replace('$ARGS', `'"$*"'`)}; fi`;
    chmodSync(this.write('ssh', `#!/bin/sh\n${script}\n`), 0o755);
    vi.stubEnv('PATH', [this.path, process.env.PATH].join(delimiter));
  }
}
