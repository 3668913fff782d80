/** What tunnel tests stand on: a local HTTP service, a network link that can fail, and a tunnel that records its events. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { vi } from 'vitest';
import { type Cluster, clusterTarget } from '../../src/demo/cluster.js';
import type { TargetOptions } from '../../src/ssh/host/target.js';
import { openTunnel, type Tunnel, type TunnelEvent, type TunnelOptions } from '../../src/tunnel/tunnel.js';

/** Nothing in these tests comes near it; it turns a hang into a failure with a stack. */
export const deadline = () => AbortSignal.timeout(15_000);

export interface Service extends AsyncDisposable {
  port: number;
}

/** `GET /health` answers, `POST /echo` sends the body back, `POST /sha256` its digest. */
export async function startService(port = 0): Promise<Service> {
  const server = createHttpServer((request, response) => {
    if (request.url === '/health') response.end('{"status":"ok"}');
    else if (request.url === '/echo') request.pipe(response);
    else {
      const hash = createHash('sha256');
      request.on('data', (chunk) => hash.update(chunk)).once('end', () => response.end(hash.digest('hex')));
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface RecordedTunnel extends Tunnel {
  events: TunnelEvent[];
  /** Base URL of the first forward, on the cluster's side. */
  readonly url: string;
  /** The first event from index `from` on that the predicate takes; waits for it. */
  event(predicate: (event: TunnelEvent) => boolean, from?: number): Promise<TunnelEvent>;
}

/** To the cluster, or past it to `through`; one forward of a free port to `service` unless `options` say otherwise. */
export function openRecorded(
  cluster: Cluster,
  service: Pick<Service, 'port'>,
  options: Partial<TunnelOptions> = {},
): RecordedTunnel {
  return openRecordedTo(clusterTarget(cluster), service, options);
}

/** As openRecorded, to any SSH server. */
export function openRecordedTo(
  target: TargetOptions,
  service: Pick<Service, 'port'>,
  options: Partial<TunnelOptions> = {},
): RecordedTunnel {
  const events: TunnelEvent[] = [];
  const tunnel = openTunnel({
    ...target,
    forwards: [{ bind: '127.0.0.1', port: 0, local: { host: '127.0.0.1', port: service.port } }],
    random: () => 0.02,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return Object.defineProperties(tunnel, {
    events: { value: events },
    url: { get: () => `http://127.0.0.1:${tunnel.forwards[0]?.port}` },
    event: {
      value: (predicate: (event: TunnelEvent) => boolean, from = 0) =>
        vi.waitFor(
          () => {
            const found = events.slice(from).find(predicate);
            if (!found)
              throw new Error(
                `no such event among:\n${events.map((event) => JSON.stringify(event)).join('\n')}`,
              );
            return found;
          },
          { timeout: 15_000, interval: 5 },
        ),
    },
  }) as RecordedTunnel;
}

export interface Link extends AsyncDisposable {
  port: number;
  /** Bytes stop in both directions and nobody is told: a cut cable, a frozen peer. */
  freeze(): void;
  /** Resets all connections; with `refuse` new ones too, until `restore`. */
  cut(options?: { refuse: boolean }): void;
  restore(): void;
}

/** A TCP proxy in front of `port`. */
export async function startLink(port: number): Promise<Link> {
  const pairs = new Set<[Socket, Socket]>();
  let refuse = false;
  const server = createServer((near) => {
    if (refuse) return void near.resetAndDestroy();
    const far = connect({ port, host: '127.0.0.1' });
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.once('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    cut(options = { refuse: false }) {
      refuse = options.refuse;
      destroyAll();
    },
    restore() {
      refuse = false;
    },
    async [Symbol.asyncDispose]() {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A copy of the cluster's known_hosts for another port, as behind a proxy. */
export async function trustAt({ knownHostsFile }: Cluster, port: number): Promise<string> {
  const file = `${knownHostsFile}.${port}`;
  await writeFile(file, (await readFile(knownHostsFile, 'utf8')).replace(/\]:\d+/, `]:${port}`), {
    mode: 0o600,
  });
  return file;
}

/** Answers /health at once and anything else, byte for byte, only after the client has ended its side. */
export async function startAnsweringAfterEnd(): Promise<AsyncDisposable & { port: number }> {
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
