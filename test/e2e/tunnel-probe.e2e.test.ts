/** The end-to-end probe where the server opens no channel from its side: by what the cluster happens to have. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { describeWith, findExecutable } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { startTestSshd, type TestSshd } from './fixtures/sshd.js';

/** The real program behind a name; that of a version manager's stand-in would need a whole PATH. */
const PROGRAMS: Record<string, () => string> = {
  sh: () => findExecutable('sh') ?? '',
  curl: () => findExecutable('curl') ?? '',
  bash: () => findExecutable('bash') ?? '',
  python3: () =>
    execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim(),
};

/** Every command on this cluster finds these programs and no others. */
function startClusterWith(folder: TemporaryFolder, programs: readonly string[]): Promise<TestSshd> {
  const bin = join(folder.path, 'bin');
  folder.write('bin/README', 'all that this cluster has');
  for (const name of ['sh', ...programs]) symlinkSync(PROGRAMS[name]?.() ?? '', join(bin, name));
  return startTestSshd(folder, 'cluster', [
    'PermitOpen none',
    `ForceCommand PATH='${bin}'; export PATH; eval "$SSH_ORIGINAL_COMMAND"`,
  ]);
}

describeWith('sshd', 'the probe through a real sshd that opens no channels', () => {
  it.each(['curl', 'python3', 'bash'])('goes by %s alone, through all that can happen', async (program) => {
    using folder = new TemporaryFolder();
    await using sshd = await startClusterWith(folder, [program]);
    const service = await startService();
    await using tunnel = openRecordedTo(sshd.target, service, { probeIntervalMs: 200 });
    await tunnel.up(deadline());
    expect(tunnel.events.at(-1)).toMatchObject({ state: 'up', reason: 'probe-ok' });
    expect(tunnel.stats).toMatchObject({ rttMs: null, requests: 0 });

    await service[Symbol.asyncDispose]();
    expect(await tunnel.event(({ state }) => state === 'degraded')).toMatchObject({
      reason: 'local-down',
      message: expect.stringContaining(`127.0.0.1:${service.port}`),
    });
    const seen = tunnel.events.length;
    await using _back = await startService(service.port);
    await tunnel.event(({ state, reason }) => state === 'up' && reason === 'probe-ok', seen);
    expect(tunnel.stats.reconnects).toBe(0);
  });

  it('is left out where there is nothing to probe with, which is said, and the tunnel stands', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startClusterWith(folder, []);
    await using service = await startService();
    await using tunnel = openRecordedTo(sshd.target, service);
    await tunnel.up(deadline());

    expect(tunnel.events.at(-1)).toMatchObject({
      state: 'up',
      reason: 'probe-forbidden',
      message: expect.stringContaining('runs no curl, python3 or bash'),
    });
    expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
  });

  it.each(['curl', 'python3'])('reaches a unix socket by %s', async (program) => {
    using folder = new TemporaryFolder();
    await using sshd = await startClusterWith(folder, [program]);
    await using service = await startService();
    const local = { host: '127.0.0.1', port: service.port };
    const forwards = [{ bind: `${folder.path}/env.sock`, port: 0, local }];
    await using tunnel = openRecordedTo(sshd.target, service, { forwards });
    await tunnel.up(deadline());
    expect(tunnel.events.at(-1)).toMatchObject({ state: 'up', reason: 'probe-ok' });
  });

  it('does not take a refused channel for a socket that is free', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', ['PermitOpen none']);
    await using service = await startService();
    const local = { host: '127.0.0.1', port: service.port };
    const forwards = [{ bind: `${folder.path}/env.sock`, port: 0, local }];
    await using first = openRecordedTo(sshd.target, service, { forwards });
    await first.up(deadline());

    await using second = openRecordedTo(sshd.target, service, { forwards });
    await expect(second.up(deadline())).rejects.toMatchObject({ code: 'E_TUNNEL_PORT_HELD' });
    const get = ['-s', '--unix-socket', `${folder.path}/env.sock`, 'http://localhost/health'];
    expect((await execa('curl', get, { timeout: 10_000 })).stdout).toContain('ok');
  });

  it('does without a session too: a session that dies is noticed and replaced', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startClusterWith(folder, ['curl']);
    await using service = await startService();
    await using tunnel = openRecordedTo(sshd.target, service);
    await tunnel.up(deadline());
    await sshd.dropSessions();
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);
    await vi.waitFor(async () => expect((await fetch(`${tunnel.url}/health`)).status).toBe(200));
  });
});
