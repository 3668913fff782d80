import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { createClusterFiles } from '../../src/demo/cluster-files.js';
import { ArpoEnvError } from '../../src/errors.js';
import type { TunnelEvent } from '../../src/tunnel/tunnel.js';
import { deadline, openRecorded, startLink, startService } from './fixtures.js';

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
      hint: expect.stringContaining('arpo-env serve'),
    });
    expect(tunnel.stats.refused).toBeGreaterThan(0);

    await using _back = await startService(port);
    await tunnel.up(deadline());
    expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
  });
});

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
    const away = await tunnel.event(({ problem }) => problem?.code === 'E_TUNNEL_HOST');
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
      code: 'E_TUNNEL_HOST',
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
    code: 'E_TUNNEL_HOST',
    message: expect.stringContaining('before the tunnel was up'),
  });
});

describe('what only a person can mend stops a tunnel that never was up', () => {
  it('a key that the server does not know', async () => {
    await using stranger = await createClusterFiles();
    await expectStop({ identityFiles: [stranger.identityFile] }, 'auth-refused', {
      code: 'E_TUNNEL_AUTH',
      message: expect.stringContaining(`${stranger.identityFile}: refused`),
      hint: expect.stringContaining('ssh-copy-id'),
    });
  });

  it('a host key that is not known', async () => {
    await using files = await createClusterFiles();
    await expectStop({ knownHostsFile: files.knownHostsFile }, 'host-key', {
      code: 'E_TUNNEL_HOST_KEY',
      message: expect.stringMatching(/is not in known_hosts: ecdsa-sha2-nistp256 SHA256:[\w+/]{43}$/),
      hint: expect.stringContaining('--accept-new'),
    });
  });

  it('a host key that has changed, also with acceptNew', async () => {
    await using files = await createClusterFiles();
    await files.trust(cluster.host, cluster.port);
    await expectStop({ knownHostsFile: files.knownHostsFile, acceptNew: true }, 'host-key', {
      code: 'E_TUNNEL_HOST_KEY',
      message: expect.stringContaining(`HAS CHANGED`),
      hint: expect.stringContaining(
        `ssh-keygen -R '[127.0.0.1]:${cluster.port}' -f '${files.knownHostsFile}'`,
      ),
    });
  });

  it('a key file that others can read', async () => {
    await using files = await createClusterFiles();
    await chmod(files.identityFile, 0o644);
    await expectStop({ identityFiles: [files.identityFile] }, 'key-file', {
      code: 'E_TUNNEL_KEY_FILE',
      message: `the private key ${files.identityFile} can be read by others (mode 0644)`,
      hint: `chmod 600 '${files.identityFile}'`,
    });
  });

  it('a port on the cluster that somebody else holds', async () => {
    await using other = await startService();
    await expectStop(
      { forwards: [{ bind: '127.0.0.1', port: other.port, local: { host: '127.0.0.1', port: 1 } }] },
      'port-held',
      { code: 'E_TUNNEL_PORT_HELD', message: expect.stringContaining(`127.0.0.1:${other.port}`) },
    );
    expect((await fetch(`http://127.0.0.1:${other.port}/health`)).status).toBe(200);
  });

  async function expectStop(
    options: Parameters<typeof openRecorded>[2],
    reason: string,
    problem: object,
  ): Promise<void> {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service, options);
    await expect(tunnel.up(deadline())).rejects.toMatchObject(problem);
    expect(tunnel.events.at(-1)).toMatchObject({ state: 'stopped', reason, problem });
    expect(tunnel.events.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  }
});

it('saves a new host key only when told to, and then knows it', async () => {
  await using service = await startService();
  await using files = await createClusterFiles();
  const { knownHostsFile } = files;
  {
    await using tunnel = openRecorded(cluster, service, { knownHostsFile, acceptNew: true });
    await tunnel.up(deadline());
  }
  await using tunnel = openRecorded(cluster, service, { knownHostsFile });
  await tunnel.up(deadline());
  expect(await readFile(knownHostsFile, 'utf8')).toMatch(/^\[127\.0\.0\.1\]:\d+ ecdsa-sha2-nistp256 \S+\n$/);
});

it('gives up waiting when the caller does, and goes on', async () => {
  await using service = await startService();
  await using link = await startLink(cluster.port);
  link.cut({ refuse: true });
  await using tunnel = openRecorded(cluster, service, {
    port: link.port,
    knownHostsFile: await trustAt(cluster, link.port),
  });
  const impatience = new AbortController();
  const waiting = tunnel.up(impatience.signal);
  impatience.abort(new Error('enough'));

  await expect(waiting).rejects.toThrow('enough');
  link.restore();
  await tunnel.up(deadline());
});

/** A copy of the cluster's known_hosts for another port, as behind a proxy. */
async function trustAt({ knownHostsFile }: Cluster, port: number): Promise<string> {
  const file = `${knownHostsFile}.${port}`;
  await writeFile(file, (await readFile(knownHostsFile, 'utf8')).replace(/\]:\d+/, `]:${port}`), {
    mode: 0o600,
  });
  return file;
}

/** Answers /health at once and anything else, byte for byte, only after the client has ended its side. */
async function startAnsweringAfterEnd(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = [];
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (chunks[0]?.includes('GET /health')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    socket.once('end', () => socket.writable && socket.end(Buffer.concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

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

async function closedPort(): Promise<number> {
  const service = await startService();
  await service[Symbol.asyncDispose]();
  return service.port;
}
