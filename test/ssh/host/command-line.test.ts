import { describe, expect, it } from 'vitest';
import {
  pastedCopyId,
  pastedSsh,
  pastedSshG,
  pastedTunnel,
  sshArgs,
} from '../../../src/ssh/host/command-line.js';

describe('the arguments of ssh', () => {
  it.each(['user@[::1]:2222', 'ssh://user@[::1]:2222'])(
    'name host, user and port of %s each by itself',
    (host) => {
      expect(sshArgs({ host })).toEqual(['-l', 'user', '-p', '2222', '--', '::1']);
    },
  );

  it('leave to ssh_config what is not said', () => {
    expect(sshArgs({ host: 'deepx' })).toEqual(['--', 'deepx']);
  });

  it('take the flags first, then the config, its keywords and the keys', () => {
    const destination = {
      host: 'a@deepx',
      user: 'b',
      port: 1,
      identityFiles: ['/k'],
      configFile: '/c',
      jump: 'j',
    };
    const call = { flags: ['-T'], settings: { BatchMode: 'yes', ConnectTimeout: 5 } };
    expect(sshArgs(destination, call).join(' ')).toBe(
      '-T -F /c -o BatchMode=yes -o ConnectTimeout=5 -i /k -l b -p 1 -o ProxyJump=j -- deepx',
    );
  });
});

describe('a command to paste', () => {
  it.each([
    ['deepx', 'ssh deepx true', 'arpo-env tunnel deepx'],
    ['root@[::1]:22991', 'ssh -p 22991 root@::1 true', "arpo-env tunnel 'root@[::1]:22991'"],
    ['[::1]:22', 'ssh -p 22 ::1 true', "arpo-env tunnel '[::1]:22'"],
    ['ssh://root@h:22', 'ssh -p 22 root@h true', 'arpo-env tunnel ssh://root@h:22'],
    ['user@domain@h', 'ssh user@domain@h true', 'arpo-env tunnel user@domain@h'],
  ])('to %s', (host, ssh, tunnel) => {
    expect(pastedSsh({ host }, ['true'])).toBe(ssh);
    expect(pastedTunnel({ host })).toBe(tunnel);
  });

  it('keeps to the config, the user, the port and the jump that were said', () => {
    const destination = { host: 'deepx', user: 'user', port: 22, jump: 'gate', configFile: '/my config' };
    expect(pastedSshG(destination)).toBe("ssh -G -F '/my config' -J gate -p 22 user@deepx");
    expect(pastedTunnel(destination, ['--transport', 'openssh'])).toBe(
      "arpo-env tunnel deepx --user user --port 22 --jump gate --ssh-config '/my config' --transport openssh",
    );
  });

  it('of ssh-copy-id says in full what it cannot be told by -F', () => {
    const found = { user: 'user', host: '::1', port: 2222 };
    expect(pastedCopyId({ ...found, destination: { host: 'deepx' } })).toBe('ssh-copy-id deepx');
    expect(pastedCopyId({ ...found, destination: { host: 'deepx', configFile: '/c' } })).toBe(
      'ssh-copy-id -p 2222 user@::1',
    );
  });
});
