/** The faults of weeks in minutes: a real sshd behind a link that is cut, its sessions killed, frozen and held, as a user without root. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTunnel, type Tunnel, type TunnelEvent, type TunnelOptions } from '../../src/tunnel/tunnel.js';
import { describeWith, findExecutable } from '../support/components.js';
import { type NetCluster, startNetCluster } from '../support/net-cluster.mjs';
import { startService } from '../tunnel/fixtures.js';

const PORT = 15_001;
const LIMIT = `arpo-env-${process.pid}`;
const SOON = { timeout: 60_000, interval: 20 };
/** Somebody else's server at the tunnel's port. */
const HOLDER = `require('node:http').createServer().listen(${PORT}, '127.0.0.1')`;
const soon = () => AbortSignal.timeout(60_000);

// Namespaces and accounts are root's to make.
const describeAsRoot = describe.skipIf(process.getuid?.() !== 0);

describeWith('ip', 'the tunnel to a cluster in a network of its own', () => describeAsRoot('as root', suite));

function suite(): void {
  let cluster: NetCluster;

  beforeAll(async () => {
    cluster = await startNetCluster({ account: `arpo${process.pid % 100_000}` });
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  function open(
    servicePort: number,
    options: Partial<TunnelOptions> = {},
  ): Tunnel & { events: TunnelEvent[] } {
    const events: TunnelEvent[] = [];
    const { host, port, user, identityFile, knownHostsFile } = cluster;
    const tunnel = openTunnel({
      host,
      port,
      user,
      configFile: 'none',
      identityFiles: [identityFile],
      knownHostsFile,
      forwards: [{ bind: '127.0.0.1', port: PORT, local: { host: '127.0.0.1', port: servicePort } }],
      onEvent: (event) => events.push(event),
      ...options,
    });
    return Object.assign(tunnel, { events });
  }

  /** What the trainer gets on the cluster. */
  const health = (...args: string[]) =>
    cluster.output('curl', [
      '-s',
      '--max-time',
      '5',
      ...(args.length > 0 ? args : [`http://127.0.0.1:${PORT}/health`]),
    ]);

  const backAgain = async (tunnel: Tunnel, reconnects = 1) => {
    await vi.waitFor(() => expect(tunnel.status()).toMatchObject({ state: 'up', stats: { reconnects } }), {
      timeout: 60_000,
      interval: 20,
    });
    expect(await health()).toBe('{"status":"ok"}');
  };

  it('comes back when its session is killed', async () => {
    await using service = await startService();
    await using tunnel = open(service.port);
    await tunnel.up(soon());

    await cluster.signalSessions('SIGKILL');
    await backAgain(tunnel);

    expect(tunnel.status().lastInterruption).toMatchObject({ reason: 'connection-lost' });
  });

  it('comes back when session and monitor are frozen and hold the port', async () => {
    await using service = await startService();
    await using tunnel = open(service.port, { keepaliveMs: 500 });
    await tunnel.up(soon());
    const frozen = await cluster.sessions();

    await cluster.signalSessions('SIGSTOP');
    await backAgain(tunnel);

    expect(frozen).toHaveLength(2); // root's monitor, and the user's process that holds the port
    expect(tunnel.status().lastInterruption).toMatchObject({ reason: 'silent' });
    for (const pid of frozen) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  });

  it('comes back when the link was cut until the connection was given up', async () => {
    await using service = await startService();
    await using tunnel = open(service.port, { keepaliveMs: 400 });
    await tunnel.up(soon());

    await cluster.cut();
    await vi.waitFor(() => expect(tunnel.state).toBe('waiting'), { timeout: 30_000 });
    await cluster.restore();
    await backAgain(tunnel);
  });

  it('comes back when sshd was away', async () => {
    await using service = await startService();
    await using tunnel = open(service.port);
    await tunnel.up(soon());

    await cluster.stopSshd();
    await vi.waitFor(
      () => expect(tunnel.events.at(-1)).toMatchObject({ state: 'waiting', reason: 'host-unreachable' }),
      { timeout: 30_000 },
    );
    await cluster.startSshd();
    await backAgain(tunnel);
  });

  describe.skipIf(findExecutable('iptables') === null)('a firewall that counts', () => {
    it.each(['REJECT', 'DROP'])(
      '(%s) and shuts out whoever knocks too often lets it in again',
      async (target) => {
        await using service = await startService();
        await using tunnel = open(service.port, { random: () => 0.5 });
        await tunnel.up(soon());
        const knocks = `-p tcp --dport ${cluster.port} -m conntrack --ctstate NEW -m recent --name ${LIMIT}-${target}`;
        const rules = [
          `-A INPUT ${knocks} --set`,
          // ufw's rule, with a third of its 30 s.
          `-A INPUT ${knocks} --update --seconds 10 --hitcount 6 -j ${target}`,
        ];
        const iptables = (args: string) => cluster.output('iptables', args.split(' '));
        try {
          for (const rule of rules) await iptables(rule);
          await cluster.stopSshd();
          const refused = async () =>
            Number(new RegExp(`(\\d+) +\\d+ ${target}`).exec(await iptables('-nvxL INPUT'))?.[1]);
          await vi.waitFor(async () => expect(await refused()).toBeGreaterThan(0), SOON);
          await cluster.startSshd();
          await backAgain(tunnel);
        } finally {
          await iptables('-F INPUT');
        }
      },
    );
  });

  it('keeps the port while the env server restarts', async () => {
    const service = await startService();
    await using tunnel = open(service.port);
    await tunnel.up(soon());

    await service[Symbol.asyncDispose]();
    const status = await health('-o', '/dev/null', '-w', '%{http_code}', `http://127.0.0.1:${PORT}/health`);
    await using _back = await startService(service.port);
    await vi.waitFor(async () => expect(await health()).toBe('{"status":"ok"}'), { timeout: 10_000 });

    expect(status).toBe('502');
    expect(tunnel.stats.reconnects).toBe(0);
  });

  it('names the process of another user that holds the port, and leaves it alone', async () => {
    await using service = await startService();
    const holder = cluster.spawn(process.execPath, ['-e', HOLDER], { stdio: 'ignore' });
    try {
      await vi.waitFor(async () => expect(await cluster.listeners()).toContain(`127.0.0.1:${PORT}`), {
        timeout: 10_000,
      });
      await using tunnel = open(service.port);

      await expect(tunnel.up(soon())).rejects.toMatchObject({
        code: 'E_TUNNEL_PORT_HELD',
        message: `port 127.0.0.1:${PORT} on ${cluster.host} is held by a process (user root)`,
      });
      expect(await cluster.listeners()).toContain(`127.0.0.1:${PORT}`);
    } finally {
      holder.kill('SIGKILL');
      await vi.waitFor(async () => expect(await cluster.listeners()).toEqual([]), { timeout: 10_000 });
    }
  });

  it('names the process of the same user with its pid and command', async () => {
    await using service = await startService();
    const drop = ['--reuid', cluster.user, '--regid', cluster.user, '--clear-groups'];
    const holder = cluster.spawn('setpriv', [...drop, process.execPath, '-e', HOLDER], { stdio: 'ignore' });
    try {
      await vi.waitFor(async () => expect(await cluster.listeners()).toContain(`127.0.0.1:${PORT}`), {
        timeout: 10_000,
      });
      await using tunnel = open(service.port);

      await expect(tunnel.up(soon())).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`is held by \\S*node -e .* \\(pid ${holder.pid}, user ${cluster.user}\\)$`),
        ),
      });
    } finally {
      holder.kill('SIGKILL');
      await vi.waitFor(async () => expect(await cluster.listeners()).toEqual([]), { timeout: 10_000 });
    }
  });

  it('forwards a unix socket, removes it afterwards, and takes over one that a dead session left', async () => {
    await using service = await startService();
    const path = `/tmp/${cluster.namespace}.sock`;
    const forwards = [{ bind: path, port: 0, local: { host: '127.0.0.1', port: service.port } }];
    const ask = () => health('--unix-socket', path, 'http://localhost/health');
    {
      await using tunnel = open(service.port, { forwards });
      await tunnel.up(soon());
      expect(await ask()).toBe('{"status":"ok"}');
      await cluster.signalSessions('SIGKILL'); // sshd leaves the socket's file behind
      await vi.waitFor(
        () => expect(tunnel.status()).toMatchObject({ state: 'up', stats: { reconnects: 1 } }),
        {
          timeout: 30_000,
        },
      );
      expect(await ask()).toBe('{"status":"ok"}');
      expect(tunnel.status().forwards).toEqual([{ url: `unix:${path}`, local: `127.0.0.1:${service.port}` }]);
    }
    expect(existsSync(path)).toBe(false);
  });

  it('carries 200 connections at once, both ways, byte for byte', async () => {
    await using service = await startService();
    await using tunnel = open(service.port);
    await tunnel.up(soon());
    const client = `
      const { createHash, randomBytes } = require('node:crypto');
      const one = async () => {
        const body = randomBytes(200_000 + Math.floor(Math.random() * 100_000));
        const response = await fetch('http://127.0.0.1:${PORT}/echo', { method: 'POST', body, headers: { connection: 'close' } });
        const answer = Buffer.from(await response.arrayBuffer());
        return createHash('sha256').update(answer).digest('hex') === createHash('sha256').update(body).digest('hex');
      };
      Promise.all(Array.from({ length: 200 }, one)).then((all) => console.log(all.filter(Boolean).length));
    `;

    expect((await cluster.output(process.execPath, ['-e', client])).trim()).toBe('200');
    expect(tunnel.stats.connections).toBeGreaterThanOrEqual(200);
  });

  it('holds no more than some windows of a 256 MiB answer that nobody reads', async () => {
    const block = randomBytes(1 << 20);
    const server = createServer((request, response) => {
      if (request.url === '/health') return void response.end();
      const expected = createHash('sha256');
      for (let i = 0; i < 256; i += 1) expected.update(block);
      response.setHeader('x-sha256', expected.digest('hex'));
      let sent = 0;
      const more = () => {
        while (sent < 256) {
          sent += 1;
          if (!response.write(block)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    }).listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    await using tunnel = open((server.address() as AddressInfo).port);
    await tunnel.up(soon());
    const client = `
      const { createHash } = require('node:crypto');
      require('node:http').get('http://127.0.0.1:${PORT}/big', (response) => {
        response.pause();
        console.log('paused');
        process.stdin.once('data', () => {
          const hash = createHash('sha256');
          response.on('data', (chunk) => hash.update(chunk)).resume();
          response.on('end', () => { console.log(hash.digest('hex') === response.headers['x-sha256']); process.exit(); });
        });
      });
    `;
    const reader = cluster.spawn(process.execPath, ['-e', client], { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    reader.stdout?.on('data', (chunk) => {
      printed += chunk;
    });
    await vi.waitFor(() => expect(printed).toContain('paused'), { timeout: 20_000 });

    // It has stalled when what was carried no longer grows.
    let carried = -1;
    await vi.waitFor(
      () => {
        const before = carried;
        carried = tunnel.stats.bytesOut;
        expect(carried).toBe(before);
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(carried).toBeLessThan(32 * 2 ** 20);
    reader.stdin?.write('go\n');
    await vi.waitFor(() => expect(printed).toContain('true'), { timeout: 60_000 });
    server.closeAllConnections();
    server.close();
  });
}
