/** `--transport openssh`: the same supervisor, probe, guard and counts over the system's ssh. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { startTestSshd, type TestSshd } from './fixtures/sshd.js';

/** An address of this machine by which a connection does not come from loopback. */
const outsideAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const by = ({ target }: TestSshd) => ({ ...target, transport: 'openssh' as const });

describeWith('sshd', 'a tunnel over the system ssh', () => {
  it('carries large bodies, and counts them', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    await using tunnel = openRecordedTo(by(sshd), service);
    await tunnel.up(deadline());

    const bodies = [randomBytes(8 * 2 ** 20), ...Array.from({ length: 20 }, () => randomBytes(50_000))];
    const intact = await Promise.all(
      bodies.map(async (body) => {
        const response = await fetch(`${tunnel.url}/echo`, { method: 'POST', body });
        return Buffer.from(await response.arrayBuffer()).equals(body);
      }),
    );

    expect(intact).toEqual(bodies.map(() => true));
    expect(tunnel.stats.bytesIn).toBeGreaterThan(9 * 2 ** 20 - 2 ** 20);
    expect(tunnel.stats.rttMs).toBeGreaterThan(0);
  });

  it('comes back when its session is killed, on the same port', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    await using tunnel = openRecordedTo(by(sshd), service);
    await tunnel.up(deadline());
    const { url } = tunnel;

    await sshd.dropSessions();
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(tunnel.url).toBe(url);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('comes back when its session is frozen and still holds the port, which it frees', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    await using tunnel = openRecordedTo(by(sshd), service, { keepaliveMs: 1000 });
    await tunnel.up(deadline());
    const { url } = tunnel;

    await sshd.freezeSessions();
    await tunnel.event(({ reason }) => reason === 'silent');
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(tunnel.url).toBe(url);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('answers 502 while the env server is down, and sees it come', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    const port = await freePort();
    await using tunnel = openRecordedTo(by(sshd), { port });
    await tunnel.event(({ state, reason }) => state === 'degraded' && reason === 'local-down');
    expect((await fetch(`${tunnel.url}/health`)).status).toBe(502);

    await using _service = await startService(port);
    await tunnel.event(({ state }) => state === 'up');
    expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
  });

  it('names who holds the port', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    const forwards = [
      { bind: '127.0.0.1', port: service.port, local: { host: '127.0.0.1', port: service.port } },
    ];
    await using tunnel = openRecordedTo(by(sshd), service, { forwards });
    await expect(tunnel.up(deadline())).rejects.toMatchObject({ code: 'E_TUNNEL_PORT_HELD' });
  });

  it('forwards a unix socket of the cluster', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    const bind = `${folder.path}/env.sock`;
    const forwards = [{ bind, port: 0, local: { host: '127.0.0.1', port: service.port } }];
    await using tunnel = openRecordedTo(by(sshd), service, { forwards });
    await tunnel.up(deadline());

    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(bind, () => socket.write('GET /health HTTP/1.0\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.once('end', () => resolve(text)).once('error', reject);
    });
    expect(answer).toContain('{"status":"ok"}');
  });

  it.skipIf(outsideAddress === undefined)(
    "keeps other machines out although the server's GatewayPorts lets them in",
    async () => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster', ['GatewayPorts yes']);
      await using service = await startService();
      await using tunnel = openRecordedTo(by(sshd), service);
      await tunnel.up(deadline());
      const [{ port } = { port: 0 }] = tunnel.forwards;

      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
      await expect(fetch(`http://${outsideAddress}:${port}/health`)).rejects.toThrow('fetch failed');
      expect(tunnel.stats.rejected).toBeGreaterThan(0);
    },
  );

  it('leaves no process, no listener and no file behind', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    using temporary = new TemporaryFolder();
    vi.stubEnv('TMPDIR', temporary.path);
    expect(tmpdir()).toBe(temporary.path);
    const tunnel = openRecordedTo(by(sshd), service);
    await tunnel.up(deadline());
    const [{ port } = { port: 0 }] = tunnel.forwards;
    expect(readdirSync(temporary.path)).toHaveLength(1);

    await tunnel[Symbol.asyncDispose]();

    vi.unstubAllEnvs();
    expect(readdirSync(temporary.path)).toEqual([]);
    await vi.waitFor(async () => expect(await freePort(port)).toBe(port));
  });
});
