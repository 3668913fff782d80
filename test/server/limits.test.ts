import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import Fastify from 'fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../src/server/app.js';
import { ServerMetrics } from '../../src/server/metrics.js';
import { sendJson } from '../../src/server/send-json.js';
import { startServerEnvs } from '../../src/server/server-envs.js';
import { FixtureProvider } from '../support/fixture-provider.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

function rawConnection({ server }: TestServer): Socket {
  return connect(Number(server.url.port), '127.0.0.1');
}

describe('the body limit', () => {
  it.each(['/env/step', '/env/evaluate', '/nothing-here'])(
    'refuses 1 GB at %s before a byte of it is sent',
    async (path) => {
      await using it = await startTestServer();
      const socket = rawConnection(it);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${1024 ** 3}\r\n\r\n`,
      );
      const answer = await text(socket);
      expect(answer).toMatch(path === '/nothing-here' ? /^HTTP\/1\.1 404 / : /^HTTP\/1\.1 413 /);
      expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
    },
  );

  it('is told to a client that sends everything before it reads', async () => {
    await using it = await startTestServer();
    const socket = rawConnection(it);
    const length = 32 * 1024 ** 2;
    socket.pause();
    socket.write(
      `POST /env/step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
    );
    const mebibyte = Buffer.alloc(1024 ** 2, ' ');
    for (let sent = 0; sent < length; sent += mebibyte.length) {
      await new Promise((resolve) => socket.write(mebibyte, resolve));
    }
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*E_BODY_TOO_LARGE/);
  });

  it('is the configured one', async () => {
    await using it = await startTestServer({ bodyLimit: 100 });
    const answer = await it.client.post('/env/step', { prediction: 'x'.repeat(200) });
    expect(answer.json()).toMatchObject({
      status: 413,
      code: 'E_BODY_TOO_LARGE',
      message: 'POST /env/step: a body of 217 bytes is over the limit of 100',
    });
    expect((await it.client.post('/env/step', { prediction: 'x' })).status).toBe(503);
  });

  it.each(['/env/step', '/env/evaluate'])('stops a body at %s that does not say its length', async (path) => {
    await using it = await startTestServer({ bodyLimit: 100 });
    const socket = rawConnection(it);
    const chunk = `c8\r\n${'x'.repeat(200)}\r\n`;
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*E_BODY_TOO_LARGE/);
  });
});

describe('clients that are slow', () => {
  it.each([
    ['headers', 'POST /env/step HTTP/1.1\r\nHost: 127.0.0.1\r\n'],
    [
      'body',
      'POST /env/step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"predi',
    ],
  ])('are cut off when their %s does not arrive', async (_what, begin) => {
    const metrics = new ServerMetrics();
    await using envs = await startServerEnvs({ provider: new FixtureProvider() });
    const app = await buildApp({
      envs,
      metrics,
      providerName: 'sim',
      providerNote: null,
      heartbeatMs: 0,
      access: { host: '127.0.0.1', token: undefined, allow: [] },
      logger: pino({ level: 'silent' }),
      bodyLimit: 1000,
      requestTimeoutMs: 120,
    });
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(begin);
    expect(await text(socket)).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*the request did not arrive in time/,
    );
    await app.close();
  });

  it('are cut off when they do not read their answer', async () => {
    const app = Fastify();
    app.get('/', async (_request, reply) => sendJson(reply, [Buffer.alloc(64 * 1024 ** 2, ' ')], 50));
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).pause();
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const serverSide = await new Promise<Socket>((resolve) => app.server.once('connection', resolve));
    await new Promise((resolve) => serverSide.once('close', resolve));
    socket.resume();
    await closed;
    await app.close();
  });
});

describe('hostile requests', () => {
  it('headers beyond all measure', async () => {
    await using it = await startTestServer();
    const socket = rawConnection(it);
    socket.write(`GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await it.client.get('/health')).status).toBe(200);
  });
});
