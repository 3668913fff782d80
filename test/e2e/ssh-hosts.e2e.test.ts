/** However a host is written, the four commands that take one get into the same machine as the same user. */
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/lib/package.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { startService } from '../tunnel/fixtures.js';
import { startTestSshd, type TestSshd } from './fixtures/sshd.js';

const USER = userInfo().username;
/** npm packs arpo-env each time. */
const LIMIT_MS = 60_000;

describeWith('sshd', 'an SSH host', () => {
  let sandbox: CliSandbox;
  let sshd: TestSshd;
  let env: Record<string, string>;

  beforeAll(async () => {
    sandbox = new CliSandbox();
    sshd = await startTestSshd(sandbox.folder, 'cluster', ['ListenAddress ::1']);
    const known = ['127.0.0.1', '::1'].map((host) => `[${host}]:${sshd.port} ${sshd.hostKey}\n`);
    sandbox.folder.write('cluster-known_hosts', known.join(''));
    const config = sandbox.folder.write(
      'ssh_config',
      [
        'Host deepx',
        '  HostName ::1',
        `  Port ${sshd.port}`,
        'Host *',
        `  User ${USER}`,
        `  IdentityFile ${sshd.identityFile}`,
        '  IdentitiesOnly yes',
        '  StrictHostKeyChecking yes',
        `  UserKnownHostsFile ${sshd.knownHostsFile}`,
        '',
      ].join('\n'),
    );
    // ssh looks for its config in the home of the account, wherever HOME points to.
    const ssh = sandbox.folder.write('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
    chmodSync(ssh, 0o755);
    await installAsOnTheOtherSide(sandbox);
    env = { PATH: `${dirname(ssh)}:${process.env.PATH}`, SSH_AUTH_SOCK: '' };
  });

  afterAll(async () => {
    await sshd?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
  });

  const forms: readonly [title: string, host: (port: number) => string, address: string][] = [
    ['ALIAS', () => 'deepx', '::1'],
    ['USER@HOST:PORT', (port) => `${USER}@127.0.0.1:${port}`, '127.0.0.1'],
    ['USER@[IPv6]:PORT', (port) => `${USER}@[::1]:${port}`, '::1'],
    ['[IPv6]:PORT', (port) => `[::1]:${port}`, '::1'],
    ['ssh://USER@HOST:PORT', (port) => `ssh://${USER}@127.0.0.1:${port}`, '127.0.0.1'],
    ['ssh://USER@[IPv6]:PORT', (port) => `ssh://${USER}@[::1]:${port}`, '::1'],
  ];

  describe.each(forms)('%s', (_title, hostOf, address) => {
    /** The one login that `work` makes, as the server saw it. */
    async function loggedIn(work: () => Promise<void>): Promise<void> {
      const before = sshd.log.length;
      await work();
      const logins = sshd.log
        .slice(before)
        .flatMap(
          (line) => /Accepted publickey for (\S+) from (\S+) port/.exec(line)?.slice(1, 3).join(' ') ?? [],
        );
      expect([...new Set(logins)]).toEqual([`${USER} ${address}`]);
    }

    it('lets the doctor in', async () => {
      await loggedIn(async () => {
        const args = ['doctor', hostOf(sshd.port), '--role', 'vm', '--only', 'ssh', '--json'];
        const { stdout } = await sandbox.run(args, env);
        const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string; seen: string }[] };
        const shown = address.includes(':') ? `[${address}]` : address;
        expect(checks.find(({ id }) => id === 'ssh.config')).toMatchObject({
          status: 'pass',
          seen: `${hostOf(sshd.port)} is ${USER}@${shown}:${sshd.port}`,
        });
        expect(checks.find(({ id }) => id === 'ssh.auth')?.status).toBe('pass');
        expect(checks.find(({ id }) => id === 'ssh.session')?.status).toBe('pass');
      });
    });

    it.each(['ssh2', 'openssh'])('lets the tunnel in by %s', async (transport) => {
      await loggedIn(async () => {
        await using service = await startService();
        const forward = `0:127.0.0.1:${service.port}`;
        const cli = sandbox.start(
          ['tunnel', hostOf(sshd.port), '--transport', transport, '-R', forward],
          env,
        );
        const [url = ''] = await cli.readUntil(/http:\S+/);
        expect((await fetch(`${url}/health`)).status).toBe(200);
        cli.child.kill('SIGTERM');
        await cli.waitForExit();
      });
    });

    it(
      'lets setup-vm in',
      async () => {
        await loggedIn(async () => {
          const { stdout, stderr } = await sandbox.run(
            ['setup-vm', '--host', hostOf(sshd.port), '--dry-run'],
            env,
          );
          // In a container the plan is preflight's refusal: there, too, it is the other side that speaks.
          expect(stdout + stderr).toMatch(/^(#!\/bin\/(ba)?sh|✗ this is a container)/m);
        });
      },
      LIMIT_MS,
    );
  });
});

/** Under the home of the other side, which is the sandbox's: setup-vm leaves the same package as it is there. */
async function installAsOnTheOtherSide({ folder }: CliSandbox): Promise<void> {
  const args = ['pack', packageFile('.'), '--pack-destination', folder.path, '--ignore-scripts', '--silent'];
  const { stdout } = await execa('npm', args, { cwd: folder.path });
  const archive = readFileSync(join(folder.path, stdout.trim()));
  const app = '.local/share/arpo-env/app';
  folder.write(`${app}/installed`, createHash('sha256').update(archive).digest('hex'));
  const bin = folder.write(
    `${app}/bin/arpo-env`,
    `#!/bin/sh\nexec node ${packageFile('bin/arpo-env.js')} "$@"\n`,
  );
  chmodSync(bin, 0o755);
}
