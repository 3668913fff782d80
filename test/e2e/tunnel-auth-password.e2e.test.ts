/** Logins that need an account with a password: one is made for the test and removed after it, so only root can. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { personWho } from '../ssh/ssh-server.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { startTestSshd } from './fixtures/sshd.js';

const USER = `arpo-e2e-${process.pid}`;
const PASSWORD = 'correct horse';
const canMakeUsers = process.getuid?.() === 0 && existsSync('/usr/sbin/useradd');

describeWith('sshd', 'a login with a password', () => {
  if (!canMakeUsers) return void it.skip('needs root, to make an account with a password', () => {});

  beforeAll(() => {
    execFileSync('/usr/sbin/useradd', ['--no-create-home', '--shell', '/bin/sh', USER]);
    execFileSync('/usr/sbin/chpasswd', { input: `${USER}:${PASSWORD}\n` });
  });
  afterAll(() => void execFileSync('/usr/sbin/userdel', [USER]));
  beforeEach(() => void vi.stubEnv('SSH_AUTH_SOCK', ''));
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ['password', ['PasswordAuthentication yes', 'UsePAM no']],
    ['keyboard-interactive', ['KbdInteractiveAuthentication yes', 'UsePAM yes']],
  ])('by %s: asked for once, used again after a reconnect', async (_method, lines) => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', lines);
    await using service = await startService();
    const person = personWho({ assword: PASSWORD });
    const target = { ...sshd.target, host: `${USER}@127.0.0.1:${sshd.port}`, identityFiles: [], person };
    await using tunnel = openRecordedTo(target, service);
    await tunnel.up(deadline());

    await sshd.dropSessions();
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
    expect(person.questions).toHaveLength(1);
  });

  it('with a wrong password says so, and does not go on asking', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', ['PasswordAuthentication yes']);
    await using service = await startService();
    const person = personWho({ assword: 'wrong' });
    const target = { ...sshd.target, host: `${USER}@127.0.0.1:${sshd.port}`, identityFiles: [], person };
    await using tunnel = openRecordedTo(target, service);
    await expect(tunnel.up(deadline())).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('password: refused'),
    });
    expect(person.questions).toHaveLength(3);
  });
});
