import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../../src/demo/cluster.js';
import type { TunnelStatus } from '../../../src/tunnel/state.js';
import { askTunnelStatus } from '../../../src/tunnel/status/client.js';
import { serveStatus } from '../../../src/tunnel/status/server.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline, openRecorded, type Service, startService } from '../fixtures.js';

let cluster: Cluster;
let service: Service;

beforeAll(async () => {
  cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
  service = await startService();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

test('status and metrics of a tunnel that carries requests', async () => {
  using folder = new TemporaryFolder();
  const socketPath = join(folder.path, 'tunnel-1.sock');
  await using tunnel = openRecorded(cluster, service);
  await tunnel.up(deadline());
  await fetch(`${tunnel.url}/health`);
  await using served = await serveStatus({ status: () => tunnel.status(), socketPath, metricsPort: 0 });

  expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
  expect(await askTunnelStatus({ statusSocket: socketPath }, deadline())).toMatchObject({
    state: 'up',
    forwards: [{ url: tunnel.url, local: `127.0.0.1:${service.port}` }],
    stats: { requests: 1, reconnects: 0 },
  });
  const response = await fetch(served.metricsUrl ?? '');
  const host = tunnel.status().host;
  expect(response.headers.get('content-type')).toContain('text/plain');
  const metrics = await response.text();
  expect(metrics).toContain(`arpo_env_tunnel_state{host="${host}",state="up"} 1`);
  expect(metrics).toContain(`arpo_env_tunnel_requests_total{host="${host}"} 1`);
  expect(metrics).toMatch(/arpo_env_tunnel_bytes_total\{host="[^"]+",direction="in"\} [1-9]/);
  expect(new URL(served.metricsUrl ?? '').hostname).toBe('127.0.0.1');
});

test('a stale file gives way, the end takes the socket with it, and nobody answers then', async () => {
  using folder = new TemporaryFolder();
  const socketPath = join(folder.path, 'deeper', 'tunnel-1.sock');
  await using tunnel = openRecorded(cluster, service);
  {
    await using _first = await serveStatus({ status: () => tunnel.status(), socketPath });
  }
  await writeFile(socketPath, '');
  {
    await using served = await serveStatus({ status: () => tunnel.status(), socketPath });
    expect(served.metricsUrl).toBeNull();
    expect(await askTunnelStatus({ statusSocket: socketPath }, deadline())).not.toBeNull();
  }
  expect(existsSync(socketPath)).toBe(false);
  expect(await askTunnelStatus({ statusSocket: socketPath }, deadline())).toBeNull();
});

test('a port that is taken, or a path that is too long, is an error that leaves nothing behind', async () => {
  using folder = new TemporaryFolder();
  const socketPath = join(folder.path, 'tunnel-1.sock');
  const status = () => {
    throw new Error('nobody asks');
  };
  await expect(serveStatus({ status, socketPath, metricsPort: service.port })).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
  });
  expect(existsSync(socketPath)).toBe(false);
  await expect(serveStatus({ status, socketPath: join(folder.path, 'x'.repeat(120)) })).rejects.toMatchObject(
    { code: 'E_CONFIG' },
  );
});

test('the whole status arrives, with what a later version adds to its words; what is not a status is not an answer', async () => {
  using folder = new TemporaryFolder();
  const socketPath = join(folder.path, 'tunnel-1.sock');
  await using tunnel = openRecorded(cluster, service);
  await tunnel.up(deadline());
  const down: TunnelStatus = {
    ...tunnel.status(),
    state: 'waiting',
    upSince: null,
    lastInterruption: { at: new Date(0).toISOString(), reason: 'silent', message: 'nothing was heard' },
    problem: { code: 'E_SSH_HOST', message: 'nothing listens', fix: 'start sshd' },
  };
  const later = { ...down, reason: 'moonlight', problem: { ...down.problem, code: 'E_MOON' } };
  let said: unknown = down;
  await using _served = await serveStatus({ status: () => said as TunnelStatus, socketPath });
  const ask = () => askTunnelStatus({ statusSocket: socketPath }, deadline());

  expect(await ask()).toEqual(down);
  said = later;
  expect(await ask()).toEqual({ ...later, problem: { ...down.problem, code: 'E_INTERNAL' } });
  said = { state: 'up' };
  expect(await ask()).toBeNull();
});
