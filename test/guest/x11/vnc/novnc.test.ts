import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { startWatchPage } from '../../../../src/guest/watch-page.js';
import { noVnc } from '../../../../src/guest/x11/vnc/novnc.js';
import type { LoopbackServer } from '../../../../src/http/loopback-server.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

interface Watched extends AsyncDisposable {
  url: URL;
  /** What the VNC server was given, the newest last. */
  viewers: Duplex[];
}

/** A watch page over a VNC server that says again what it hears. */
async function watched(folder: string): Promise<Watched> {
  const viewers: Duplex[] = [];
  const vnc = {
    url: new URL('vnc://127.0.0.1:5901/'),
    serve(viewer: Duplex) {
      viewers.push(viewer);
      viewer.on('error', () => viewer.destroy()).pipe(viewer);
    },
    async [Symbol.asyncDispose]() {},
  };
  const more = await noVnc(vnc, { listening: '127.0.0.1', folder });
  const server: LoopbackServer = await startWatchPage(
    async () => Buffer.from('a picture'),
    async () => {},
    {},
    more,
  );
  return { url: server.url, viewers, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function installed(): TemporaryFolder {
  return new TemporaryFolder({
    'secret.txt': 'outside',
    'novnc/vnc.html': '<title>noVNC</title>',
    'novnc/app/ui.js': 'export {}',
    'novnc/app/look.css': 'a {}',
  });
}

/** With the path as it stands: fetch would resolve its dots. */
async function get(
  url: URL,
  path: string,
): Promise<{ status: number | undefined; type: unknown; text: string }> {
  const asked = request({ host: url.hostname, port: url.port, path }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const bytes of response) text += bytes;
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

async function connect(url: URL, path = 'websockify', options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(new URL(path, url.href.replace('http', 'ws')), {
    origin: url.origin,
    ...options,
  });
  await once(socket, 'open');
  return socket;
}

test('serves noVNC, each file by its type', async () => {
  using folder = installed();
  await using page = await watched(`${folder.path}/novnc`);
  expect(await get(page.url, '/vnc.html?autoconnect=1')).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
    text: '<title>noVNC</title>',
  });
  expect(await get(page.url, '/app/ui.js')).toMatchObject({ type: 'text/javascript; charset=utf-8' });
  expect(await get(page.url, '/app/look.css')).toMatchObject({ type: 'text/css; charset=utf-8' });
  expect((await get(page.url, '/app')).status).toBe(404);
  const pictures = await get(page.url, '/');
  expect(pictures.text).toContain('href="vnc.html?autoconnect=1&resize=scale&reconnect=1"');
  expect((await get(page.url, '/screen.png?1')).text).toBe('a picture');
});

test('serves nothing beyond its folder', async () => {
  using folder = installed();
  symlinkSync(`${folder.path}/secret.txt`, `${folder.path}/novnc/link.txt`);
  await using page = await watched(`${folder.path}/novnc`);
  for (const path of [
    '/../secret.txt',
    '/app/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/link.txt',
    '//secret.txt',
    '/%00',
    '/%zz',
  ]) {
    expect({ path, ...(await get(page.url, path)) }).toMatchObject({ path, status: 404 });
  }
});

test('without noVNC the pictures say how to get it', async () => {
  using folder = new TemporaryFolder();
  await using page = await watched(folder.path);
  for (const path of ['/', '/vnc.html']) {
    expect((await get(page.url, path)).text).toMatch(
      /apt-get install novnc, or use a VNC viewer: 127\.0\.0\.1:5901/,
    );
  }
  expect((await get(page.url, '/app/ui.js')).status).toBe(404);
});

test('its WebSocket carries bytes both ways, and much of them', async () => {
  using folder = installed();
  await using page = await watched(`${folder.path}/novnc`);
  const socket = await connect(page.url);
  const sent = Buffer.alloc(3 * 1024 ** 2, 'RFB');
  const answers: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) answers.push(bytes);
      if (Buffer.concat(answers).length === sent.length) resolve();
    });
  });
  socket.send(sent);
  await all;
  expect(Buffer.concat(answers).equals(sent)).toBe(true);
  const closed = once(page.viewers[0] as Duplex, 'close');
  socket.close();
  await closed;
});

test('only its own page may open it', async () => {
  using folder = installed();
  await using page = await watched(`${folder.path}/novnc`);
  const refused = (path: string, options: ClientOptions) => connect(page.url, path, options);
  await expect(refused('websockify', { origin: 'http://evil.example' })).rejects.toThrow('403');
  const host = `evil.example:${page.url.port}`;
  await expect(refused('websockify', { origin: `http://${host}`, headers: { host } })).rejects.toThrow('403');
  await expect(refused('other', {})).rejects.toThrow('404');
  expect(page.viewers).toEqual([]);
});

test('its end closes who watches', async () => {
  using folder = installed();
  const page = await watched(`${folder.path}/novnc`);
  const socket = await connect(page.url);
  const [viewer] = page.viewers;
  const ends = Promise.all([once(socket, 'close'), once(viewer as Duplex, 'close')]);
  await page[Symbol.asyncDispose]();
  await ends;
});
