import { chmodSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { requireToken } from '../../src/http/access.js';
import { RawClient } from '../support/raw-client.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startTestServer } from '../support/test-server.js';

const TOKEN = 'a:token with ünïcode'.replaceAll(' ', '-');
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('a token', () => {
  it.each([
    ['Bearer', `Bearer ${encodeURIComponent('x')}`, 401],
    ['Basic with any user and the token', basic('arpo', TOKEN), 200],
    ['Basic without a user', basic('', TOKEN), 200],
    ['a lower-case scheme', `basic ${basic('me', TOKEN).slice(6)}`, 200],
    ['Basic with the token as user', basic(TOKEN, ''), 401],
    ['Basic with a wrong password', basic('arpo', 'wrong'), 401],
    ['Basic without a colon', `Basic ${Buffer.from(TOKEN.replace(':', '')).toString('base64')}`, 401],
    ['Basic that is not base64', 'Basic §§§'.replaceAll('§', '!'), 401],
    ['another scheme', 'Digest abc', 401],
    ['an empty header', '', 401],
  ])('%s', async (_name, authorization, status) => {
    await using it = await startTestServer({ token: TOKEN });
    expect((await it.client.get('/health', { headers: { authorization } })).status).toBe(status);
  });

  it('as Bearer opens every route, and without it every route is 401', async () => {
    await using it = await startTestServer({ token: 'secret' });
    const headers = { authorization: 'Bearer secret' };
    for (const path of ['/health', '/ready', '/envs', '/metrics', '/docs', '/openapi.json', '/nothing']) {
      expect([path, (await it.client.get(path)).status]).toEqual([path, 401]);
      expect([path, (await it.client.get(path, { headers })).status]).not.toEqual([path, 401]);
    }
    expect((await it.client.post('/env/evaluate')).status).toBe(401);
    expect((await it.client.post('/env/evaluate', {}, { headers })).status).toBe(503);
  });

  it('works in a URL, as the unmodified Python client sends it', async () => {
    await using it = await startTestServer({ token: 'secret' });
    const base = it.server.url.href.replace('http://', 'http://arpo:secret@');
    expect((await new RawClient(base).get('/health')).status).toBe(200);
  });

  it('does not say which half was wrong', async () => {
    await using it = await startTestServer({ token: 'secret' });
    const answers = await Promise.all(
      [undefined, basic('arpo', 'wrong'), 'Bearer wrong'].map((authorization) =>
        it.client.get('/health', authorization ? { headers: { authorization } } : {}),
      ),
    );
    const shown = answers.map((answer) => ({ ...answer.json(), instance: '' }));
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
    expect(shown[0]).toMatchObject({
      code: 'E_UNAUTHORIZED',
      message: 'the request carries no valid credentials',
    });
    expect(answers[0]?.headers['www-authenticate']).toBe('Basic realm="arpo-env", Bearer realm="arpo-env"');
  });

  it('may come from a file of mode 0600; any other mode, an empty and a missing one refuse to start', async () => {
    using folder = new TemporaryFolder({ token: 'from-file\n', open: 'x', empty: ' \n' });
    for (const [name, mode] of [
      ['token', 0o600],
      ['open', 0o640],
      ['empty', 0o600],
    ] as const) {
      chmodSync(`${folder.path}/${name}`, mode);
    }
    await using it = await startTestServer({ tokenFile: `${folder.path}/token` });
    const headers = { authorization: 'Bearer from-file' };
    expect((await it.client.get('/health', { headers })).status).toBe(200);
    await expect(startTestServer({ tokenFile: `${folder.path}/open` })).rejects.toMatchObject({
      code: 'E_NO_PERMISSION',
      message: expect.stringContaining('(mode 640)'),
      fix: `chmod 600 ${folder.path}/open`,
    });
    for (const name of ['empty', 'missing']) {
      await expect(startTestServer({ tokenFile: `${folder.path}/${name}` })).rejects.toMatchObject({
        code: 'E_NO_TOKEN',
      });
    }
  });
});

describe('the bind address', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1'])(
    '%s needs no token',
    (host) => {
      expect(() => requireToken({ host, token: undefined, insecure: false })).not.toThrow();
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'deepx', 'localhost.cluster.example'])(
    '%s needs one, or --insecure',
    (host) => {
      expect(() => requireToken({ host, token: undefined, insecure: false })).toThrow(
        expect.objectContaining({ code: 'E_NO_TOKEN', fix: expect.stringContaining('--token-file') }),
      );
      expect(() => requireToken({ host, token: 'x', insecure: false })).not.toThrow();
      expect(() => requireToken({ host, token: undefined, insecure: true })).not.toThrow();
    },
  );

  it('a server that refuses to start has started nothing', async () => {
    await expect(startTestServer({ host: '0.0.0.0', prewarm: true })).rejects.toMatchObject({
      code: 'E_NO_TOKEN',
    });
  });
});

describe('an address list', () => {
  it.each([
    [['127.0.0.0/8'], 200],
    [['10.0.0.0/8', '127.0.0.1'], 200],
    [['10.0.0.0/8'], 403],
    [['::1/128'], 403],
  ])('%j', async (allow, status) => {
    await using it = await startTestServer({ allow });
    expect((await it.client.get('/health')).status).toBe(status);
  });

  it('also knows IPv4 clients of a dual-stack socket', async () => {
    await using it = await startTestServer({ host: '::ffff:127.0.0.1', allow: ['127.0.0.1/32'] });
    expect((await new RawClient(`http://127.0.0.1:${it.server.url.port}`).get('/health')).status).toBe(200);
  });
});

describe('without a token, web pages', () => {
  it.each([
    ['of the server itself may', (own: string) => `http://${own}`, 503],
    ['of another server of this machine may not', () => 'http://localhost:3000', 403],
    ['of another scheme may not', (own: string) => `https://${own}`, 403],
    ['of elsewhere may not', () => 'https://cluster.example', 403],
    ['without an origin of their own may not', () => 'null', 403],
  ])('%s play', async (_name, origin, status) => {
    await using it = await startTestServer();
    const headers = { origin: origin(it.server.url.host) };
    expect((await it.client.post('/env/evaluate', {}, { headers })).status).toBe(status);
  });

  it.each([
    ['an address of this machine', '192.0.2.7:18082', 200],
    ['localhost', 'localhost:18082', 200],
    ['this machine', `${hostname()}:18082`, hostname().includes('.') ? 403 : 200],
    ['a name that can be pointed here at any time', 'evil.example:18082', 403],
    ['a name that begins like this machine', `${hostname()}.evil.example`, 403],
    ['a name with an address behind it', 'evil.example@127.0.0.1:18082', 403],
  ])('loaded as %s', async (_what, host, status) => {
    await using it = await startTestServer();
    for (const path of ['/health', '/docs', '/metrics', '/envs/0/ready', '/nothing-here']) {
      const answer = await it.client.get(path, { headers: { host } });
      if (status === 403) expect([path, answer.status]).toEqual([path, 403]);
      else expect([path, answer.status]).not.toEqual([path, 403]);
    }
  });

  it.each([
    ['http://evil.example/health', 403],
    ['http://127.0.0.1:18082/health', 200],
  ])('that ask for %s count as what they ask for', async (target, status) => {
    await using it = await startTestServer();
    const socket = connect(Number(it.server.url.port), '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('that know the token may, wherever they are from', async () => {
    await using it = await startTestServer({ token: 'secret' });
    const headers = { origin: 'https://cluster.example', authorization: 'Bearer secret' };
    expect((await it.client.post('/env/evaluate', {}, { headers })).status).toBe(503);
  });
});
