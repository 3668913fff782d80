/** Single connections at their limits, through a real sshd: ends that close one way, and readers that do not read. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { footprint } from '../support/net-cluster.mjs';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo } from '../tunnel/fixtures.js';
import { type CliTunnel, startCliTunnel } from './fixtures/cli-tunnel.js';
import { startTestSshd } from './fixtures/sshd.js';

const SLOW = 50;
const MIB = 2 ** 20;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describeWith('sshd', 'connections through a real sshd', () => {
  it.each(['ssh2', 'openssh'] as const)(
    'get their answer after they have closed their own side (%s)',
    async (transport) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      await using service = await listen(
        halfOpenServer(async (socket) => socket.end(digest(await untilEnd(socket)))),
      );
      await using tunnel = openRecordedTo({ ...sshd.target, transport }, service);
      await tunnel.up(deadline());

      const body = randomBytes(3 * MIB);
      const socket = connectHalfOpen(tunnel.url);
      socket.end(body);

      expect((await untilEnd(socket)).toString()).toBe(digest(body));
      await vi.waitFor(() => expect(tunnel.stats.open).toBe(0), { timeout: 10_000 });
    },
  );

  it.each(['ssh2', 'openssh'] as const)(
    'are heard to their end after the server has closed its side (%s)',
    async (transport) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      const greeting = randomBytes(3 * MIB);
      let heard: Promise<Buffer> | undefined;
      await using service = await listen(
        halfOpenServer((socket) => {
          heard = untilEnd(socket);
          socket.end(greeting);
        }),
      );
      await using tunnel = openRecordedTo({ ...sshd.target, transport }, service);
      await tunnel.up(deadline());

      const body = randomBytes(3 * MIB);
      const socket = connectHalfOpen(tunnel.url);
      socket.write('hello');
      expect(digest(await untilEnd(socket))).toBe(digest(greeting));
      socket.end(body);

      await vi.waitFor(() => expect(heard).toBeDefined());
      expect(digest((await heard) ?? Buffer.alloc(0))).toBe(
        digest(Buffer.concat([Buffer.from('hello'), body])),
      );
      await vi.waitFor(() => expect(tunnel.stats.open).toBe(0), { timeout: 10_000 });
    },
  );

  it(`hold little in memory for ${SLOW} answers of 64 MiB that nobody reads`, async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    const block = Buffer.alloc(MIB);
    await using service = await listen(
      createHttpServer((request, response) => {
        if (request.url === '/health') return void response.end();
        let left = 64;
        const more = () => {
          for (; left > 0; left -= 1) if (!response.write(block)) return void response.once('drain', more);
          response.end();
        };
        more();
      }),
    );
    const tunnel = await startCliTunnel(sandbox, sshd, service.port);
    const before = (await footprint(tunnel.pid)).rss;

    const readers = Array.from({ length: SLOW }, () => {
      const socket = connect({ port: tunnel.port, host: '127.0.0.1' });
      socket.on('error', () => {}).pause();
      socket.write('GET /big HTTP/1.1\r\nhost: x\r\n\r\n');
      return socket;
    });
    const carried = await stalled(tunnel, ({ bytesOut }) => bytesOut);
    const held = (await footprint(tunnel.pid)).rss - before;
    expect(carried).toBeGreaterThan(SLOW * 64 * 1024);
    // What the kernel and sshd hold (a window of 2 MiB for each) is not ours: ours is 256 KiB each, and 1 MiB for all of them on the way.
    expect(held).toBeLessThan(128 * MIB);
    expect((await fetch(`${tunnel.url}/health`, { signal: deadline() })).status).toBe(200);
    for (const socket of readers) socket.destroy();
    await vi.waitFor(async () => expect((await tunnel.status()).stats.open).toBe(0), { timeout: 10_000 });
  });

  it(`hold no more than two windows each of ${SLOW} requests of 64 MiB that the server does not read`, async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    const sockets: Socket[] = [];
    await using service = await listen(
      createServer(async (socket) => {
        sockets.push(socket);
        if ((await firstBytes(socket)).includes('GET /health')) socket.end(OK);
        else socket.pause();
      }),
    );
    const tunnel = await startCliTunnel(sandbox, sshd, service.port);
    const before = (await footprint(tunnel.pid)).rss;

    const body = Buffer.alloc(64 * MIB);
    const writers = Array.from({ length: SLOW }, () => {
      const socket = connect({ port: tunnel.port, host: '127.0.0.1' });
      socket.on('error', () => {}).write('POST /sink HTTP/1.1\r\nhost: x\r\n\r\n');
      socket.write(body);
      return socket;
    });
    await stalled(tunnel, ({ bytesIn }) => bytesIn);
    const held = (await footprint(tunnel.pid)).rss - before;
    // ssh2 opens its window of 2 MiB again while less than that waits for the local side.
    expect(held).toBeLessThan(SLOW * 6 * MIB);
    for (const socket of [...writers, ...sockets]) socket.destroy();
    await vi.waitFor(async () => expect((await tunnel.status()).stats.open).toBe(0), { timeout: 10_000 });
  });
});

/** Answers the tunnel's own question, and `talk`s with everybody else; it and its clients may close one way. */
function halfOpenServer(talk: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true }, async (socket) => {
    if ((await firstBytes(socket)).includes('GET /health')) socket.end(OK);
    else talk(socket);
  });
}

function connectHalfOpen(url: string): Socket {
  return connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
}

/** What was carried when that no longer grows. */
async function stalled(
  tunnel: CliTunnel,
  count: (stats: Awaited<ReturnType<CliTunnel['status']>>['stats']) => number,
): Promise<number> {
  let carried = -1;
  await vi.waitFor(
    async () => {
      const before = carried;
      carried = count((await tunnel.status()).stats);
      expect(carried).toBe(before);
    },
    { timeout: 60_000, interval: 1000 },
  );
  return carried;
}

/** All that comes; its own side stays open, which the helpers of node:stream would close. */
async function untilEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** Up to the first chunk, which stays to be read. */
async function firstBytes(socket: Socket): Promise<Buffer> {
  socket.on('error', () => {});
  await once(socket, 'readable');
  const bytes: Buffer = socket.read() ?? Buffer.alloc(0);
  socket.unshift(bytes);
  return bytes;
}

async function listen(server: Server): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
