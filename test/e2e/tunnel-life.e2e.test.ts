/** The tunnel as a process that people, machines and service managers do things to, with a real sshd at its other end. */
import { existsSync, readdirSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { askTunnelStatus } from '../../src/tunnel/status/client.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { deadline, startService } from '../tunnel/fixtures.js';
import { findRun, startCliTunnel, tunnelArgs } from './fixtures/cli-tunnel.js';
import { startTestSshd } from './fixtures/sshd.js';
import { startUserSystemd, whyNoUserSystemd } from './fixtures/user-systemd.js';

const TIMES = { timeout: 30_000, interval: 20 };
/** Longer than any busy process is late by (disturbance.ts), far shorter than what sshd or the probe would need to notice. */
const SLEEP_MS = 8000;

/** The shells on the cluster that mark a session with this port (session-marker.ts), stopped ones too. */
async function markersOf(port: number): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args=']);
  const marker = new RegExp(`^sh -c .* arpo-env-tunnel .*127\\.0\\.0\\.1:${port}$`);
  return stdout.split('\n').filter((args) => marker.test(args));
}

describeWith('sshd', 'the life of a tunnel', () => {
  it.each([
    ['its session frozen', 'freezeSessions', 'silent'],
    ['its session killed', 'dropSessions', 'connection-lost'],
  ] as const)('that slept while %s (SIGSTOP) is up at once when it wakes', async (_what, fault, reason) => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    // Nothing but the wake-up itself can tell it in time: silence would take it three minutes.
    const tunnel = await startCliTunnel(sandbox, sshd, service.port, ['--keepalive', '60s']);

    process.kill(tunnel.pid, 'SIGSTOP');
    const stopped = performance.now();
    await sshd[fault]();
    await vi.waitFor(() => expect(performance.now() - stopped).toBeGreaterThan(SLEEP_MS), TIMES);
    process.kill(tunnel.pid, 'SIGCONT');
    await vi.waitFor(async () => {
      expect(await tunnel.status()).toMatchObject({
        state: 'up',
        stats: { reconnects: 1 },
        lastInterruption: { reason },
      });
    }, TIMES);

    expect((await fetch(`${tunnel.url}/health`, { signal: deadline() })).status).toBe(200);
    expect(await markersOf(tunnel.port), 'nothing of the dead session is left on the cluster').toHaveLength(
      1,
    );
  });

  it('that slept and lost nothing keeps its connection', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const tunnel = await startCliTunnel(sandbox, sshd, service.port);

    process.kill(tunnel.pid, 'SIGSTOP');
    const stopped = performance.now();
    await vi.waitFor(() => expect(performance.now() - stopped).toBeGreaterThan(SLEEP_MS), TIMES);
    process.kill(tunnel.pid, 'SIGCONT');

    expect((await fetch(`${tunnel.url}/health`, { signal: deadline() })).status).toBe(200);
    expect(await tunnel.status()).toMatchObject({ state: 'up', stats: { reconnects: 0 } });
  });

  it('in the background is seen, read and stopped; killed without a word it is forgotten, and replaced', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const args = [...tunnelArgs(sandbox, sshd, service.port), '--detach', '--json'];
    const start = async () => JSON.parse((await sandbox.run(args)).stdout) as { pid: number; urls: string[] };

    const first = await start();
    expect(await sandbox.run(['status'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('up'),
    });
    expect((await sandbox.run(['logs', 'tunnel'])).stdout).toContain('"state":"up"');
    const { statusSocket = '' } = await findRun(sandbox, first.pid);
    expect(existsSync(statusSocket)).toBe(true);

    process.kill(first.pid, 'SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${first.pid}`)).toBe(false), TIMES);
    const status = await sandbox.run(['status']);
    expect(status).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('no server or tunnel runs'),
    });
    expect(status.stderr).toContain(`tunnel pid ${first.pid}`);
    expect(readdirSync(sandbox.state.runs)).toEqual([]);
    expect(existsSync(statusSocket)).toBe(false);

    const second = await start();
    expect((await fetch(`${second.urls[0]}/health`, { signal: deadline() })).status).toBe(200);
    process.kill(second.pid, 'SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${second.pid}`)).toBe(false), TIMES);
    expect((await sandbox.run(['logs', 'tunnel'])).stdout).toContain('"state":"up"');
    await sandbox.run(['stop', 'tunnel']);
    expect(readdirSync(sandbox.state.runs)).toEqual([]);

    const third = await start();
    expect(await sandbox.run(['stop', 'tunnel'])).toMatchObject({ exitCode: 0 });
    await vi.waitFor(() => expect(existsSync(`/proc/${third.pid}`)).toBe(false), TIMES);
    await expect(fetch(`${third.urls[0]}/health`, { signal: deadline() })).rejects.toThrow('fetch failed');
    expect(readdirSync(sandbox.state.runs)).toEqual([]);
  });

  const why = whyNoUserSystemd();

  describe.skipIf(why !== null)(`under a user's systemd${why === null ? '' : ` — needs ${why}`}`, () => {
    it('comes up, comes back when it is killed, and is gone after uninstall', async () => {
      await using sandbox = new CliSandbox();
      await using sshd = await startTestSshd(sandbox.folder, 'cluster');
      await using service = await startService();
      await using systemd = await startUserSystemd(sandbox.folder.path);
      const [, ...words] = tunnelArgs(sandbox, sshd, service.port);
      const manage = (...args: string[]) => sandbox.run(['service', ...args], systemd.env);
      const up = async () => {
        const [run] = await sandbox.runs();
        if (run === undefined) throw new Error('no tunnel is registered');
        // Once: that of a process which was killed a moment ago, and still seems to run, would never come.
        const status = await askTunnelStatus(run, deadline());
        expect(status?.state).toBe('up');
        return { pid: run.process.pid, url: status?.forwards[0]?.url ?? '' };
      };

      expect(await manage('install', 'tunnel', '--', ...words)).toMatchObject({ exitCode: 0 });
      const first = await vi.waitFor(up, TIMES);
      expect((await fetch(`${first.url}/health`, { signal: deadline() })).status).toBe(200);
      process.kill(first.pid, 'SIGKILL');
      const second = await vi.waitFor(async () => {
        const now = await up();
        expect(now.pid).not.toBe(first.pid);
        return now;
      }, TIMES);
      expect((await fetch(`${second.url}/health`, { signal: deadline() })).status).toBe(200);
      expect(await manage('uninstall', 'tunnel')).toMatchObject({ exitCode: 0 });
      expect(await sandbox.runs()).toEqual([]);
      await expect(fetch(`${second.url}/health`, { signal: deadline() })).rejects.toThrow('fetch failed');
    });
  });
});
