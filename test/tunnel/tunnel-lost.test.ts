import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { ArpoEnvError } from '../../src/errors.js';
import type { TunnelEvent } from '../../src/tunnel/tunnel.js';
import {
  deadline,
  openRecorded,
  startAnsweringAfterEnd,
  startLink,
  startService,
  trustAt,
} from './fixtures.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe('a connection that is lost', () => {
  it('is made again, with the same port, and the interruption is counted', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());
    const { url } = tunnel;

    await cluster.dropConnections();
    const back = await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(tunnel.events.find(({ state }) => state === 'waiting')).toMatchObject({
      reason: 'connection-lost',
      retryInMs: 0,
    });
    expect(back.downtimeMs).toBe(tunnel.stats.downtimeMs);
    expect(tunnel.url).toBe(url);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('fails the requests that were under way instead of hanging', async () => {
    await using service = await startAnsweringAfterEnd();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());
    const pending = fetch(`${tunnel.url}/never`, { signal: deadline() });
    await vi.waitFor(() => expect(tunnel.stats.open).toBeGreaterThan(0));

    await cluster.dropConnections();

    await expect(pending).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    await tunnel.up(deadline());
  });

  it('is noticed when it is half open, by silence', async () => {
    await using service = await startService();
    await using link = await startLink(cluster.port);
    const knownHostsFile = await trustAt(cluster, link.port);
    await using tunnel = openRecorded(cluster, service, {
      port: link.port,
      knownHostsFile,
      keepaliveMs: 200,
    });
    await tunnel.up(deadline());

    link.freeze();
    const waiting = await tunnel.event(({ state }) => state === 'waiting');
    link.cut(); // the embedded server only frees the port when it learns of the end
    const back = await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(waiting).toMatchObject({ reason: 'silent', previous: 'up' });
    expect(back.downtimeMs).toBeGreaterThanOrEqual(0);
  });

  it('is tried again for as long as the host is away, and says why', async () => {
    await using service = await startService();
    await using link = await startLink(cluster.port);
    const knownHostsFile = await trustAt(cluster, link.port);
    await using tunnel = openRecorded(cluster, service, { port: link.port, knownHostsFile });
    await tunnel.up(deadline());

    link.cut({ refuse: true });
    const away = await tunnel.event(({ problem }) => problem?.code === 'E_SSH_HOST');
    link.restore();
    await tunnel.up(deadline());

    expect(away).toMatchObject({
      state: 'waiting',
      reason: 'host-unreachable',
      retryInMs: expect.any(Number),
    });
    expect(tunnel.stats.reconnects).toBe(1);
  });

  it('ends the tunnel after maxRetries', async () => {
    await using tunnel = openRecorded(cluster, { port: 1 }, { port: await closedPort(), maxRetries: 2 });

    await expect(tunnel.up(deadline())).rejects.toMatchObject({
      code: 'E_SSH_HOST',
      message: expect.stringMatching(/^nothing listens on 127\.0\.0\.1:\d+$/),
    });

    expect(tunnel.events.filter(({ state }) => state === 'connecting')).toHaveLength(3);
    expect(tunnel.events.at(-1)).toMatchObject({ state: 'stopped', reason: 'host-unreachable' });
    await expect(tunnel.stopped()).rejects.toBeInstanceOf(ArpoEnvError);
  });
});

it('ends the tunnel after maxRetries too when every connection breaks before it is up', async () => {
  await using service = await startService();
  await using link = await startLink(cluster.port);
  const knownHostsFile = await trustAt(cluster, link.port);
  const onEvent = ({ state }: TunnelEvent) => state === 'forwarding' && link.cut();
  await using tunnel = openRecorded(cluster, service, {
    port: link.port,
    knownHostsFile,
    maxRetries: 2,
    onEvent,
  });

  await expect(tunnel.up(deadline())).rejects.toMatchObject({
    code: 'E_SSH_HOST',
    message: expect.stringContaining('before the tunnel was up'),
  });
});

it('gives up waiting when the caller does, and goes on', async () => {
  await using service = await startService();
  await using link = await startLink(cluster.port);
  link.cut({ refuse: true });
  await using tunnel = openRecorded(cluster, service, {
    port: link.port,
    knownHostsFile: await trustAt(cluster, link.port),
  });
  const giveUp = new AbortController();
  const waiting = tunnel.up(giveUp.signal);
  giveUp.abort(new Error('enough'));

  await expect(waiting).rejects.toThrow('enough');
  link.restore();
  await tunnel.up(deadline());
});

async function closedPort(): Promise<number> {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  return service.port;
}
