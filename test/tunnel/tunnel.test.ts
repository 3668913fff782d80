import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { deadline, openRecorded, startAnsweringAfterEnd, startService } from './fixtures.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe('a tunnel that is up', () => {
  it('carries requests from the cluster to the service', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());

    const response = await fetch(`${tunnel.url}/health`);

    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
    expect(tunnel.state).toBe('up');
    expect(tunnel.stats).toMatchObject({
      reconnects: 0,
      refused: 0,
      downtimeMs: 0,
      rttMs: expect.any(Number),
    });
    expect(tunnel.events.map(({ state, reason }) => [state, reason])).toEqual([
      ['connecting', 'progress'],
      ['authenticating', 'progress'],
      ['forwarding', 'progress'],
      ['up', 'probe-ok'],
    ]);
  });

  it('keeps 20 concurrent connections and 8 MiB bodies intact, both ways', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());

    const sizes = [...Array(20).fill(100_000), 8 * 2 ** 20, 8 * 2 ** 20];
    const results = await Promise.all(
      sizes.map(async (size) => {
        const body = randomBytes(size);
        const response = await fetch(`${tunnel.url}/echo`, { method: 'POST', body });
        return Buffer.from(await response.arrayBuffer()).equals(body);
      }),
    );

    expect(results).toEqual(sizes.map(() => true));
    const total = sizes.reduce((sum, size) => sum + size);
    expect(tunnel.stats.bytesIn).toBeGreaterThan(total);
    expect(tunnel.stats.bytesOut).toBeGreaterThan(total);
  });

  it('keeps a half-closed connection until its answer is through', async () => {
    await using service = await startAnsweringAfterEnd();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());

    const body = randomBytes(3_000_000);
    const socket = connect({ port: tunnel.forwards[0]?.port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(body);
    const answer = await buffer(socket);

    expect(createHash('sha256').update(answer).digest('hex')).toBe(
      createHash('sha256').update(body).digest('hex'),
    );
  });

  it('carries several forwards', async () => {
    await using first = await startService();
    await using second = await startService();
    const forward = ({ port }: { port: number }) => ({
      bind: '127.0.0.1',
      port: 0,
      local: { host: '127.0.0.1', port },
    });
    await using tunnel = openRecorded(cluster, first, { forwards: [forward(first), forward(second)] });
    await tunnel.up(deadline());

    const ports = tunnel.forwards.map(({ port }) => port);
    const answers = await Promise.all(
      ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/health`)).status),
    );

    expect(new Set(ports).size).toBe(2);
    expect(answers).toEqual([200, 200]);
  });

  it('leaves no listener and no socket behind when disposed, twice', async () => {
    await using service = await startService();
    const tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());
    await fetch(`${tunnel.url}/health`);
    const [{ port } = { port: 0 }] = tunnel.forwards;

    await tunnel[Symbol.asyncDispose]();
    await tunnel[Symbol.asyncDispose]();

    expect(tunnel.state).toBe('stopped');
    await expect(tunnel.stopped()).resolves.toBeUndefined();
    await expect(tunnel.up(deadline())).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await expect(connects(port)).resolves.toBe(false);
    await vi.waitFor(() => expect(tunnel.stats.open).toBe(0));
  });
});

describe('the local side', () => {
  it('is answered for with 502 while it is down, and noticed when it comes up', async () => {
    const service = await startService();
    const { port } = service;
    await service[Symbol.asyncDispose]();
    await using tunnel = openRecorded(cluster, { port });
    const degraded = await tunnel.event(({ state }) => state === 'degraded');

    const response = await fetch(`${tunnel.url}/env/reset`, { method: 'POST', body: randomBytes(300_000) });
    const problem = (await response.json()) as object;

    expect(degraded).toMatchObject({
      reason: 'local-down',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(problem).toMatchObject({
      status: 502,
      code: 'E_TUNNEL_LOCAL',
      fix: expect.stringContaining('arpo-env serve'),
    });
    expect(tunnel.stats.refused).toBeGreaterThan(0);

    await using _back = await startService(port);
    await tunnel.up(deadline());
    expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
  });
});

async function connects(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
