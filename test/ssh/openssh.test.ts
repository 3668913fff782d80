import { describe, expect, it } from 'vitest';
import type { SshTarget } from '../../src/ssh/host/target.js';
import { clientArgs, masterArgs } from '../../src/ssh/openssh/args.js';
import { opensshError } from '../../src/ssh/openssh/errors.js';
import { personWho } from './ssh-server.js';

const target = { name: 'deepx', host: 'cluster.example', port: 2222, user: 'user' } as unknown as SshTarget;
const explain = (text: string) => opensshError(target, 'ssh -N deepx', text.split('\n')).toJSON();

/** What OpenSSH 9.2 prints, with `-v`. */
describe('what ssh says', () => {
  it.each([
    [
      'ssh: connect to host cluster.example port 2222: Connection refused',
      'E_TUNNEL_HOST',
      'ssh: connect to host cluster.example port 2222: Connection refused',
      'ssh -N deepx',
    ],
    [
      'ssh: Could not resolve hostname x: Name or service not known',
      'E_TUNNEL_HOST',
      'Could not resolve',
      '',
    ],
    ['', 'E_TUNNEL_HOST', 'it ended without a word', ''],
    [
      'debug1: Offering public key: /k/a ED25519 SHA256:x explicit\ndebug1: Offering public key: user@x RSA SHA256:y agent\nuser@cluster.example: Permission denied (publickey).',
      'E_TUNNEL_AUTH',
      'Permission denied (publickey). (offered /k/a: refused; offered user@x: refused)',
      'ssh-copy-id -p 2222 user@cluster.example',
    ],
    ['user@x: Permission denied (publickey).', 'E_TUNNEL_AUTH', '(there was no key to offer)', ''],
    [
      "@@@@@@@@\n@  WARNING: UNPROTECTED PRIVATE KEY FILE!  @\n@@@@@@@@\nPermissions 0644 for '/k/a.pem' are too open.\nuser@x: Permission denied (publickey).",
      'E_TUNNEL_KEY_FILE',
      'UNPROTECTED',
      "chmod 600 '/k/a.pem'",
    ],
    [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nOffending ED25519 key in /h/known_hosts:7\nHost key verification failed.',
      'E_TUNNEL_HOST_KEY',
      'HAS CHANGED',
      "/h/known_hosts:7: ssh-keygen -R '[cluster.example]:2222' -f '/h/known_hosts'",
    ],
    [
      'No ED25519 host key is known for x.\nHost key verification failed.',
      'E_TUNNEL_HOST_KEY',
      'host key is known',
      '--accept-new',
    ],
    ['/h/config: line 3: Bad configuration option: portt', 'E_CONFIG', 'line 3', 'ssh -G deepx'],
  ])('%j', (text, code, message, fix) => {
    const problem = explain(text);
    expect(problem).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(problem.fix).toContain(fix);
  });
});

describe('the command line', () => {
  it('says what was asked for and leaves the rest to ssh_config; the host comes after a `--`', () => {
    expect(masterArgs({ host: 'deepx' }, '/s', 5000)).toEqual([
      '-N',
      '-v',
      ...['-o', 'ControlMaster=yes', '-o', 'ControlPath=/s', '-o', 'ControlPersist=no'],
      ...['-o', 'ClearAllForwardings=yes', '-o', 'ExitOnForwardFailure=yes'],
      ...['-o', 'ForwardAgent=no', '-o', 'PermitLocalCommand=no', '-o', 'RemoteCommand=none'],
      ...[
        '-o',
        'RequestTTY=no',
        '-o',
        'Tunnel=no',
        '-o',
        'ServerAliveInterval=5',
        '-o',
        'ServerAliveCountMax=3',
      ],
      ...['-o', 'BatchMode=yes', '--', 'deepx'],
    ]);
  });

  it.each([
    [{ host: 'user@h:22' }, 'ssh://user@h:22'],
    [{ host: 'user@[2001:db8::1]:22' }, 'ssh://user@[2001:db8::1]:22'],
    [{ host: '2001:db8::1' }, '-- 2001:db8::1'],
    [{ host: 'h', user: 'user', port: 22, jump: 'a,b' }, '-l user -p 22 -o ProxyJump=a,b -- h'],
    [{ host: 'h', identityFiles: ['/k'], configFile: 'none' }, '-i /k -- h'],
    [{ host: 'h', acceptNew: true }, '-o StrictHostKeyChecking=accept-new'],
  ])('%j', (options, part) => {
    expect(masterArgs(options, '/s', 100).join(' ')).toContain(part);
  });

  it('lets ssh ask when somebody is there', () => {
    expect(masterArgs({ host: 'h', person: personWho({}) }, '/s', 100).join(' ')).not.toContain('BatchMode');
  });

  it('of a client cannot become a connection of its own', () => {
    expect(clientArgs('/s', ['-W', 'h:1'])).toEqual(
      expect.arrayContaining(['ControlMaster=no', 'ProxyCommand=false', '-F', 'none']),
    );
  });
});
