import { describe, expect, it } from 'vitest';
import type { SshTarget } from '../../../src/ssh/host/target.js';
import { opensshError } from '../../../src/ssh/openssh/errors.js';

const target = {
  name: 'deepx',
  destination: { host: 'deepx' },
  host: 'cluster.example',
  port: 2222,
  user: 'user',
} as unknown as SshTarget;
const explain = (text: string) => opensshError(target, 'ssh -N deepx', text.split('\n')).toJSON();

/** What OpenSSH 9.2 prints, with `-v`. */
describe('what ssh says', () => {
  it.each([
    [
      'ssh: connect to host cluster.example port 2222: Connection refused',
      'E_SSH_HOST',
      'ssh: connect to host cluster.example port 2222: Connection refused',
      'ssh -N deepx',
    ],
    ['ssh: Could not resolve hostname x: Name or service not known', 'E_SSH_HOST', 'Could not resolve', ''],
    ['', 'E_SSH_HOST', 'it ended without a message', ''],
    [
      'debug1: Offering public key: /k/a ED25519 SHA256:x explicit\ndebug1: Offering public key: user@x RSA SHA256:y agent\nuser@cluster.example: Permission denied (publickey).',
      'E_SSH_AUTH',
      'Permission denied (publickey). (offered /k/a: refused; offered user@x: refused)',
      'ssh-copy-id deepx',
    ],
    ['user@x: Permission denied (publickey).', 'E_SSH_AUTH', '(there was no key to offer)', ''],
    [
      "@@@@@@@@\n@  WARNING: UNPROTECTED PRIVATE KEY FILE!  @\n@@@@@@@@\nPermissions 0644 for '/k/a.pem' are too open.\nuser@x: Permission denied (publickey).",
      'E_SSH_KEY_FILE',
      'UNPROTECTED',
      "chmod 600 '/k/a.pem'",
    ],
    [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nOffending ED25519 key in /h/known_hosts:7\nHost key verification failed.',
      'E_SSH_HOST_KEY',
      'HAS CHANGED',
      "/h/known_hosts:7: ssh-keygen -R '[cluster.example]:2222' -f '/h/known_hosts'",
    ],
    [
      'No ED25519 host key is known for x.\nHost key verification failed.',
      'E_SSH_HOST_KEY',
      'host key is known',
      '--accept-new',
    ],
    [
      'Unable to negotiate with 10.0.0.1 port 22: no matching MAC found. Their offer: hmac-md5,hmac-md5-96',
      'E_CONFIG',
      'no matching MAC found',
      'MACs +hmac-md5',
    ],
    ['/h/config: line 3: Bad configuration option: portt', 'E_CONFIG', 'line 3', 'ssh -G deepx'],
    [
      'debug1: Offering public key: /k/a ED25519 SHA256:x explicit\nAuthenticated using "publickey" with partial success.\nx: Permission denied (keyboard-interactive).',
      'E_SSH_AUTH',
      '(offered /k/a: accepted, but not enough)',
      'answer at a terminal',
    ],
  ])('%j', (text, code, message, fix) => {
    const problem = explain(text);
    expect(problem).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(problem.fix).toContain(fix);
  });
});

it('gives a slow login more time, and does not take it for the network', () => {
  const log = ['Connection to 10.0.0.1 port 22 timed out'];
  expect(opensshError(target, 'ssh', log, false).code).toBe('E_SSH_HOST');
  const slow = opensshError(target, 'ssh', log, true);
  expect(slow.code).toBe('E_SSH_AUTH');
  expect(slow.fix).toContain('arpo-env tunnel deepx --transport openssh --keepalive 45s');
});
