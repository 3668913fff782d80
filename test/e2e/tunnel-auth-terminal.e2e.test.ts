/** What a person at a terminal is asked, and what the screen shows of it: the CLI under a pseudo-terminal. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startService } from '../tunnel/fixtures.js';
import { makeKey, startTestSshd, writeScript } from './fixtures/sshd.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

/** `arpo-env tunnel` at a terminal of its own (script(1) makes one). */
function startAtTerminal(folder: TemporaryFolder, args: readonly string[]) {
  const line = [process.execPath, bin, '--no-color', 'tunnel', ...args].map((word) => `'${word}'`).join(' ');
  const child = execa('script', ['-qfec', line, '/dev/null'], {
    env: {
      ARPO_ENV_STATE_DIR: folder.path,
      SSH_AUTH_SOCK: '',
      SSH_ASKPASS: '',
      CI: '',
      TERM: 'xterm',
      HOME: folder.path,
    },
    cwd: folder.path,
    stdin: 'pipe',
    reject: false,
    buffer: false,
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  return {
    get screen() {
      return screen;
    },
    /** Waits until the screen shows `text`, after what was awaited before. */
    shows: (text: string) =>
      vi.waitFor(() => expect(screen).toContain(text), { timeout: 20_000, interval: 20 }),
    type: (text: string) => child.stdin.write(text),
    async [Symbol.asyncDispose]() {
      child.stdin.write('\x03');
      child.stdin.end();
      await child;
    },
  };
}

describeWith('sshd', 'the tunnel at a terminal', () => {
  it('asks for an unknown host and an encrypted key, whose passphrase the screen does not show', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    const path = `${folder.path}/encrypted`;
    folder.write('cluster-authorized_keys', `${makeKey(path, 'pass phrase')}\n`);
    const knownHosts = folder.write('known_hosts', '');
    const config = folder.write('ssh_config', `Host *\n  UserKnownHostsFile ${knownHosts}\n`);
    await using tunnel = startAtTerminal(folder, [
      ...[sshd.target.host, '-i', path, '--ssh-config', config],
      ...['-R', `0:127.0.0.1:${service.port}`],
    ]);

    await tunnel.shows('(yes/no/[fingerprint])? ');
    expect(tunnel.screen).toContain('ssh-ed25519 SHA256:');
    tunnel.type('perhaps\r');
    await tunnel.shows("Please type 'yes', 'no' or the fingerprint: ");
    tunnel.type('yes\r');
    await tunnel.shows(`Enter passphrase for ${path}: `);
    tunnel.type('wrong\r');
    await tunnel.shows(`Bad passphrase, try again for ${path}: `);
    tunnel.type('pass phrase\r');
    await tunnel.shows('http://127.0.0.1:');

    expect(tunnel.screen).not.toContain('pass phrase');
    expect(readFileSync(knownHosts, 'utf8')).toContain(sshd.hostKey);
  });

  it("leaves the screen to a question of the system's ssh", async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    const knownHosts = folder.write('known_hosts', '');
    const config = folder.write('ssh_config', `Host *\n  UserKnownHostsFile ${knownHosts}\n`);
    await using tunnel = startAtTerminal(folder, [
      ...[sshd.target.host, '-i', sshd.identityFile, '--ssh-config', config, '--transport', 'openssh'],
      ...['-R', `0:127.0.0.1:${service.port}`, '--log-level', 'debug'],
    ]);
    const question = '(yes/no/[fingerprint])? ';
    await tunnel.shows(question);
    const asked = performance.now();
    const after = () => tunnel.screen.slice(tunnel.screen.indexOf(question) + question.length);
    // The live line is drawn anew each second.
    await vi.waitFor(() => expect(performance.now() - asked).toBeGreaterThan(2500), { timeout: 20_000 });
    expect(after()).toBe('');

    tunnel.type('yes\r');
    await tunnel.shows('http://127.0.0.1:');
    await tunnel.shows('● up');
    expect(after()).toMatch(/^yes\r\n/);
    expect(readFileSync(knownHosts, 'utf8')).toContain(sshd.hostKey);
  });

  // Only root can give sshd a PAM configuration of its own.
  it.skipIf(process.getuid?.() !== 0).each(['ssh2', 'openssh'])(
    'asks what PAM asks, by %s, and again after a wrong answer',
    async (transport) => {
      using folder = new TemporaryFolder();
      const check = writeScript(
        folder,
        'check',
        `#!/bin/sh\nread -r password\n[ "$password" = 'correct horse' ]\n`,
      );
      const pam = folder.write(
        'pam',
        [
          `auth required pam_exec.so expose_authtok quiet ${check}`,
          'auth required pam_permit.so', // pam_exec has nothing to say of credentials
          'account required pam_permit.so',
          'session required pam_permit.so\n',
        ].join('\n'),
      );
      const inside = [
        'unshare',
        '--mount',
        'sh',
        '-c',
        `mount --bind '${pam}' /etc/pam.d/sshd && exec "$@"`,
        'sh',
      ];
      const lines = [
        'UsePAM yes',
        'KbdInteractiveAuthentication yes',
        'AuthenticationMethods keyboard-interactive',
      ];
      await using sshd = await startTestSshd(folder, 'cluster', lines, inside);
      await using service = await startService();
      const config = folder.write('ssh_config', `Host *\n  UserKnownHostsFile ${sshd.knownHostsFile}\n`);
      await using tunnel = startAtTerminal(folder, [
        ...[sshd.target.host, '--ssh-config', config, '--transport', transport],
        ...['-R', `0:127.0.0.1:${service.port}`],
      ]);
      const questions = () => tunnel.screen.split('Password: ').length - 1;
      const asked = (count: number) => vi.waitFor(() => expect(questions()).toBe(count), { timeout: 60_000 });
      await asked(1);
      tunnel.type('wrong\r');
      await asked(2);
      tunnel.type('correct horse\r');
      await tunnel.shows('http://127.0.0.1:');
      expect(tunnel.screen).not.toContain('correct horse');
    },
  );

  it('is left by Ctrl-C in the middle of a question', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    const config = folder.write('ssh_config', `Host *\n  UserKnownHostsFile ${folder.path}/none\n`);
    await using tunnel = startAtTerminal(folder, [sshd.target.host, '--ssh-config', config]);
    await tunnel.shows('(yes/no/[fingerprint])? ');
    tunnel.type('\x03');
    await tunnel.shows('stopped');
  });
});
