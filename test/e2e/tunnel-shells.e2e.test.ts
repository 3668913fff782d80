/** What clusters put between an account and its shell: start-up files that print, forced commands, TMOUT, MaxSessions. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import { describeWith, findExecutable } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { startTestSshd, type TestSshd, writeScript } from './fixtures/sshd.js';

const TIMES = { timeout: 30_000, interval: 20 };
const TRANSPORTS = ['ssh2', 'openssh'] as const;

/** A login shell whose start-up file prints, exports TMOUT, and whose `sh` is bash. The path of a command for ForceCommand. */
function talkative(folder: TemporaryFolder): string {
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  symlinkSync(findExecutable('bash') ?? '', join(bin, 'sh'));
  return writeScript(
    folder,
    'login-shell',
    `#!/bin/sh
echo 'Welcome to deepx. Maintenance on Monday.'
printf 'user nobody\\npid 1\\nremoved\\nYour quota: 93 %%'
export TMOUT=1 PATH="${bin}:$PATH"
exec sh -c "$SSH_ORIGINAL_COMMAND"
`,
  );
}

/** Lines before the key of the one who logs in. */
async function restrictKey(folder: TemporaryFolder, options: string): Promise<void> {
  const file = join(folder.path, 'cluster-authorized_keys');
  await writeFile(file, `${options} ${await readFile(file, 'utf8')}`);
}

/** The shells on the cluster that mark a session with this listener (session-marker.ts). */
async function markersOf(listener: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args=']);
  return stdout.split('\n').filter((args) => args.includes('arpo-env-tunnel') && args.endsWith(listener));
}

const to = (sshd: TestSshd, transport: (typeof TRANSPORTS)[number]) => ({ ...sshd.target, transport });
const local = (port: number) => ({ host: '127.0.0.1', port });

describeWith('sshd', 'the shells of a cluster', () => {
  it.each(TRANSPORTS)(
    'one that prints before it runs a command misleads nobody, by %s',
    async (transport) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', [`ForceCommand ${talkative(folder)}`]);
      await using service = await startService();
      const bind = join(folder.path, 'env.sock');
      const forwards = [{ bind, port: 0, local: local(service.port) }];
      await using tunnel = openRecordedTo(to(sshd, transport), service, { forwards });
      await tunnel.up(deadline());
      // The killed session leaves its socket, which only a command there can remove.
      await sshd.dropSessions();
      await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

      const held = [{ bind: '127.0.0.1', port: service.port, local: local(service.port) }];
      await using second = openRecordedTo(to(sshd, transport), service, { forwards: held });
      await expect(second.up(deadline())).rejects.toMatchObject({
        code: 'E_TUNNEL_PORT_HELD',
        message: expect.stringMatching(new RegExp(`pid ${process.pid}, user`)),
      });
    },
  );

  it.each(['echo this account runs no commands', 'cat'])(
    'one that runs another command (%s) is not asked who holds what',
    async (command) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      await restrictKey(folder, `command="${command}"`);
      await using service = await startService();
      const bind = join(folder.path, 'no-such-folder/env.sock');
      const forwards = [{ bind, port: 0, local: local(service.port) }];
      await using tunnel = openRecordedTo(sshd.target, service, { forwards });

      await expect(tunnel.up(deadline())).rejects.toMatchObject({ code: 'E_TUNNEL_FORWARD' });
    },
  );

  it('a bash that TMOUT ends keeps the mark of the session', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', [`ForceCommand ${talkative(folder)}`]);
    await using service = await startService();
    await using tunnel = openRecordedTo(sshd.target, service);
    await tunnel.up(deadline());
    const listener = `127.0.0.1:${tunnel.forwards[0]?.port}`;
    await vi.waitFor(async () => expect(await markersOf(listener)).toHaveLength(1), TIMES);

    // One that does not know better, started later, is ended by it.
    const other = execa('bash', ['-c', 'read -r _'], { env: { TMOUT: '1' }, stdin: 'pipe', reject: false });
    expect((await other).exitCode).not.toBe(0);
    expect(await markersOf(listener)).toHaveLength(1);
  });

  it.each(TRANSPORTS)('one session at a time (MaxSessions 1) is enough, by %s', async (transport) => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', ['MaxSessions 1']);
    await restrictKey(folder, 'permitopen="127.0.0.1:1"');
    await using service = await startService();
    const port = await freePort();
    const socket = join(folder.path, 'env.sock');
    const forwards = [
      { bind: '127.0.0.1', port, local: local(service.port) },
      { bind: socket, port: 0, local: local(service.port) },
    ];
    {
      await using tunnel = openRecordedTo(to(sshd, transport), service, { forwards, probeIntervalMs: 250 });
      await tunnel.up(deadline());
      expect(tunnel.events.at(-1)).toMatchObject({ state: 'up', reason: 'probe-ok' });
      const requests = () => sshd.log.filter((line) => line.startsWith('Starting session')).length;
      const before = requests();
      await vi.waitFor(() => expect(requests()).toBeGreaterThan(before + 6), TIMES);
      expect(tunnel.events.filter(({ state }) => state === 'up')).toHaveLength(1);
      expect(tunnel.state).toBe('up');
      await vi.waitFor(
        async () => expect(await markersOf(`127.0.0.1:${port},${socket}`)).toHaveLength(1),
        TIMES,
      );
    }
    expect(existsSync(socket), 'a command removed it').toBe(false);
  });
});
