import { chmodSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseAddress } from '../../src/tunnel/address.js';
import { resolveTarget, type TargetOptions } from '../../src/tunnel/target.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline } from './fixtures.js';

afterEach(() => void vi.unstubAllEnvs());

describe('an address', () => {
  it.each([
    ['deepx', { host: 'deepx' }],
    ['user@cluster.example', { host: 'cluster.example', user: 'user' }],
    ['user@cluster.example:2222', { host: 'cluster.example', user: 'user', port: 2222 }],
    ['192.0.2.7:22', { host: '192.0.2.7', port: 22 }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['user@[2001:db8::1]:2222', { host: '2001:db8::1', user: 'user', port: 2222 }],
  ])('%s', (text, parts) => {
    expect(parseAddress(text)).toEqual(parts);
  });

  it.each([
    '',
    '-oProxyCommand=x',
    'user@-oProxyCommand=x',
    'two words',
    'host:0',
    'host:65536',
    'host:',
    'host:ssh',
    '@host',
    'user@',
  ])('is not `%s`', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

describe('without ssh_config', () => {
  it('is what is written, with the defaults of ssh', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent.sock');
    expect(
      await resolve({ host: 'cluster.example:2222', configFile: 'none', identityFiles: ['~/key.pem'] }),
    ).toEqual({
      name: 'cluster.example:2222',
      alias: 'cluster.example',
      host: 'cluster.example',
      port: 2222,
      user: userInfo().username,
      identityFiles: [
        { path: join(homedir(), 'key.pem'), required: true },
        ...['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => ({
          path: join(homedir(), '.ssh', name),
          required: false,
        })),
      ],
      identitiesOnly: false,
      agentSocket: '/run/agent.sock',
      knownHostsFiles: [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
      hashKnownHosts: false,
      hostKeyAlias: null,
      newHostKeys: 'ask',
      certificateFiles: [],
      methods: { publickey: true, 'keyboard-interactive': true, password: true },
      prompts: 3,
      algorithms: { hostKeys: null, ciphers: null },
      proxy: null,
      family: null,
      bindAddress: null,
      connectTimeoutMs: 10_000,
      silenceMs: null,
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
    using ssh = new FakeSsh(`
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
      pubkeyauthentication true
      passwordauthentication no
      numberofpasswordprompts 1
      globalknownhostsfile none
      userknownhostsfile /a/known_hosts ~/b
      connecttimeout 7
    `);
    vi.stubEnv('OTHER_AGENT', '/run/other.sock');
    expect(await resolve({ host: 'deepx', port: 2200 })).toEqual({
      name: 'deepx',
      alias: 'deepx',
      host: 'cluster.example',
      port: 2200,
      user: 'deploy',
      identityFiles: [
        { path: join(homedir(), '.ssh', 'cluster.example_key'), required: false },
        { path: '/keys/deploy%', required: false },
      ],
      identitiesOnly: true,
      agentSocket: '/run/other.sock',
      knownHostsFiles: ['/a/known_hosts', join(homedir(), 'b')],
      hashKnownHosts: true,
      hostKeyAlias: 'deepx-key',
      newHostKeys: 'accept',
      certificateFiles: [join(homedir(), '.ssh', 'id-cert.pub')],
      methods: { publickey: true, 'keyboard-interactive': true, password: false },
      prompts: 1,
      algorithms: {
        hostKeys: ['rsa-sha2-512', 'ssh-ed25519'],
        ciphers: ['aes256-ctr', 'aes128-gcm@openssh.com'],
      },
      proxy: null,
      family: 6,
      bindAddress: '10.0.0.7',
      connectTimeoutMs: 7000,
      silenceMs: 14_000,
      ignored: ["Ciphers none (arpo-env's own SSH client does not know it)"],
    });
    expect(ssh).toBeDefined();
  });

  it('is asked with what the user said, the host after a `--`', async () => {
    using _ssh = new FakeSsh('hostkeyalias $ARGS');
    const target = await resolve({ host: 'user@deepx:2222', configFile: '/my/config' });
    expect(target.hostKeyAlias).toBe('-G -F /my/config -l user -p 2222 -- deepx');
  });

  it.each([
    ['IdentityAgent none', 'identityagent none', { agentSocket: null }],
    ['no agent at all', '', { agentSocket: null }],
    ['StrictHostKeyChecking no', 'stricthostkeychecking false', { newHostKeys: 'accept' }],
    ['StrictHostKeyChecking yes', 'stricthostkeychecking true', { newHostKeys: 'refuse' }],
    ['StrictHostKeyChecking ask', 'stricthostkeychecking ask', { newHostKeys: 'ask' }],
    ['BatchMode', 'batchmode yes', { prompts: 0 }],
    [
      'the default ciphers of ssh, whose order is left to ssh2',
      'ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com',
      { algorithms: { hostKeys: null, ciphers: null } },
    ],
    ['ProxyJump', 'proxyjump a@b:2222,c', { proxy: { kind: 'jump', hops: 'a@b:2222,c' } }],
    [
      'ProxyCommand',
      'proxycommand nc -x "a b" %h %p',
      { proxy: { kind: 'command', command: 'nc -x "a b" %h %p' } },
    ],
    ['no connect timeout', 'connecttimeout none', { connectTimeoutMs: 10_000 }],
  ])('%s', async (_title, text, expected) => {
    using _ssh = new FakeSsh(text);
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    expect(await resolve({ host: 'deepx' })).toMatchObject(expected);
  });

  it.each([
    ['hostkeyalgorithms ssh-dss', 'HostKeyAlgorithms'],
    ['ciphers arcfour', 'Ciphers'],
    ['proxycommand p\nproxyusefdpass yes', 'ProxyUseFdpass'],
  ])('may be more than ssh2 can do (%s), which only the system ssh gets around', async (text, keyword) => {
    using _ssh = new FakeSsh(text);
    await expect(resolve({ host: 'deepx' })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining(keyword),
      hint: expect.stringContaining('--transport openssh'),
    });
    expect(await resolve({ host: 'deepx', transport: 'openssh' })).toMatchObject({ proxy: null });
  });

  it('about the way there gives way to --jump', async () => {
    using _ssh = new FakeSsh('proxycommand p');
    expect(await resolve({ host: 'deepx', jump: 'a,b' })).toMatchObject({ proxy: { hops: 'a,b' } });
    expect(await resolve({ host: 'deepx', jump: 'none' })).toMatchObject({ proxy: null });
  });

  it('may be an error of the config, which is passed on', async () => {
    using _ssh = new FakeSsh('', '/home/user/.ssh/config line 3: Bad configuration option: portt');
    await expect(resolve({ host: 'deepx' })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('line 3: Bad configuration option: portt'),
    });
  });
});

const resolve = (options: TargetOptions) => resolveTarget(options, deadline());

/** An `ssh` first in PATH that prints this text, or fails with that one; `$ARGS` in it are its arguments. */
class FakeSsh extends TemporaryFolder {
  constructor(output: string, error = '') {
    super();
    const text = JSON.stringify(output.trim().replace(/^ +/gm, ''));
    const script = error
      ? `console.error(${JSON.stringify(error)}); process.exit(255);`
      : `console.log(${text}.replace('$ARGS', process.argv.slice(2).join(' ')));`;
    chmodSync(this.write('ssh', `#!/usr/bin/env node\n${script}\n`), 0o755);
    vi.stubEnv('PATH', [this.path, dirname(process.execPath), process.env.PATH].join(delimiter));
  }
}
