import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, expect, it, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Door, type DoorTarget, makeDoor } from '../../../src/evaluators/osworld/door.js';
import { listenOn } from '../../../src/http/listen.js';
import { StartedParts } from '../../../src/lib/once.js';
import { eventually } from '../../support/eventually.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

let parts = new StartedParts();
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  parts = new StartedParts();
});

const NOWHERE = new URL('http://127.0.0.1:9/');

interface Asked {
  path: string;
  host: string | undefined;
  authorization: string | undefined;
  body: string;
}

/** A desktop's endpoint that says what it was asked. */
async function endpoint(answer?: (incoming: IncomingMessage) => string) {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, response) => {
    const { authorization, host } = incoming.headers;
    asked.push({ path: incoming.url ?? '', host, authorization, body: await text(incoming) });
    response.end(answer?.(incoming) ?? `answer ${asked.length}`);
  });
  return { server, asked, url: await urlOf(server) };
}

async function urlOf(server: Server): Promise<URL> {
  const { port } = parts.add(await listenOn(server, { host: '127.0.0.1', port: 0 }));
  return new URL(`http://127.0.0.1:${port}/`);
}

async function openDoor(
  endpoints: Partial<DoorTarget['endpoints']>,
  further: Partial<DoorTarget> = {},
): Promise<{ door: Door; opening: Disposable }> {
  const door = parts.add(await makeDoor());
  const opening = door.open({
    endpoints: { agent: NOWHERE, cdp: NOWHERE, vlc: NOWHERE, ...endpoints },
    signal: new AbortController().signal,
    ...further,
  });
  return { door, opening };
}

/** What the worker's client is told: its address is that of the loopback inside. */
function ask(door: Door, name: string, path: string, options: { headers?: object; body?: string } = {}) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const outgoing = request(
      {
        ...{ socketPath: join(door.folder, name), path, method: options.body === undefined ? 'GET' : 'POST' },
        headers: { host: '127.0.0.1:9222', ...options.headers },
      },
      (answer) => text(answer).then((body) => resolve({ status: answer.statusCode, text: body }), reject),
    );
    outgoing.once('error', reject).end(options.body);
  });
}

/** What comes on a connection that sends nothing. */
async function knock(door: Door, name = 'agent'): Promise<string> {
  const client = connect(join(door.folder, name));
  return text(client).catch((error: Error) => error.message);
}

test('a door is closed before and after, and leads to one desktop between', async () => {
  const { url, asked } = await endpoint();
  const { door, opening } = await openDoor({ agent: url, vlc: url });
  expect(await ask(door, 'agent', '/screenshot')).toEqual({ status: 200, text: 'answer 1' });
  expect(await ask(door, 'vlc', '/x', { body: 'sent' })).toEqual({ status: 200, text: 'answer 2' });
  expect(asked).toMatchObject([{ path: '/screenshot' }, { path: '/x', body: 'sent' }]);
  expect(() =>
    door.open({ endpoints: { agent: url, cdp: url, vlc: url }, signal: new AbortController().signal }),
  ).toThrow('this door is open');
  opening[Symbol.dispose]();
  await expect(ask(door, 'agent', '/screenshot')).rejects.toThrow();
  expect(await knock(door)).toBe('');
  expect(asked).toHaveLength(2);
});

test('its folder is its user’s alone, and goes with it', async () => {
  const { door } = await openDoor({});
  expect(statSync(door.folder).mode & 0o777).toBe(0o700);
  await door[Symbol.asyncDispose]();
  expect(existsSync(door.folder)).toBe(false);
});

it.each(['disposed', 'aborted', 'the whole door'])(
  'cuts what is under way when it is closed: %s',
  async (how) => {
    const held: Socket[] = [];
    const url = await urlOf(createServer((incoming) => held.push(incoming.socket)));
    const withPrefix = new URL('prefix/', url);
    const controller = new AbortController();
    const { door, opening } = await openDoor({ agent: url, vlc: withPrefix }, { signal: controller.signal });
    const asking = [ask(door, 'agent', '/'), ask(door, 'vlc', '/')].map((asked) =>
      asked.catch(() => 'cut off'),
    );
    await eventually(async () => expect(held).toHaveLength(2));
    if (how === 'disposed') opening[Symbol.dispose]();
    else if (how === 'aborted') controller.abort();
    else await door[Symbol.asyncDispose]();
    expect(await Promise.all(asking)).toEqual(['cut off', 'cut off']);
    await eventually(async () => expect(held.map(({ destroyed }) => destroyed)).toEqual([true, true]));
  },
);

test('an agent’s own socket is the way to it, until the desktop is gone', async () => {
  using folder = new TemporaryFolder();
  const { server } = await endpoint();
  const path = join(folder.path, 'agent');
  parts.add({ [Symbol.asyncDispose]: async () => void server.close() });
  const second = createServer((_, response) => response.end('by its socket'));
  parts.add({ [Symbol.asyncDispose]: async () => void second.close() });
  await once(second.listen(path), 'listening');
  let isGone = false;
  const agentSocket = {
    get path() {
      if (isGone) throw new Error('this desktop is gone');
      return path;
    },
  };
  const { door } = await openDoor({}, { agentSocket });
  expect(await ask(door, 'agent', '/')).toEqual({ status: 200, text: 'by its socket' });
  isGone = true;
  expect(await knock(door)).toBe('');
});

test('credentials and a path of the endpoint are added, and a client’s own credentials stay', async () => {
  const { url, asked } = await endpoint();
  const secured = new URL(url);
  Object.assign(secured, { username: 'arpo', password: 'p%40ss', pathname: '/desktops/7/' });
  const { door } = await openDoor({ agent: secured, vlc: secured });
  await ask(door, 'agent', '/file?x=a/../b', { body: 'sent' });
  await ask(door, 'vlc', '/requests/status.xml', { headers: { authorization: 'Basic OnBhc3N3b3Jk' } });
  expect(asked).toEqual([
    {
      path: '/desktops/7/file?x=a/../b',
      host: url.host,
      authorization: `Basic ${Buffer.from('arpo:p@ss').toString('base64')}`,
      body: 'sent',
    },
    {
      path: '/desktops/7/requests/status.xml',
      host: url.host,
      authorization: 'Basic OnBhc3N3b3Jk',
      body: '',
    },
  ]);
});

it.each([
  '/..%2f8/screenshot',
  '/%2e%2e%2F8/screenshot',
  '/x/..%5c8',
  '/..;/8',
  '/%252e%252e/8',
  '/x%2f..',
  'http://127.0.0.1:18082/env/reset',
  '*',
])('does not lead anywhere else: %s', async (path) => {
  const { url, asked } = await endpoint();
  const { door } = await openDoor({ agent: new URL('desktops/7/', url), cdp: new URL('desktops/7/', url) });
  expect((await ask(door, 'agent', path)).status).toBe(400);
  expect((await ask(door, 'cdp', path)).status).toBe(400);
  expect(asked).toEqual([]);
});

it.each([
  ['/../8/screenshot', '/desktops/7/8/screenshot'],
  ['/%2e%2e/%2E%2e/8', '/desktops/7/8'],
  ['/..\\8', '/desktops/7/8'],
  ['//other.example/x', '/desktops/7//other.example/x'],
])('stays below the path of the endpoint: %s', async (path, reached) => {
  const { url, asked } = await endpoint();
  const { door } = await openDoor({ agent: new URL('desktops/7/', url) });
  await ask(door, 'agent', path);
  expect(asked).toMatchObject([{ path: reached, host: url.host }]);
});

test('a method that opens a way to elsewhere is refused', async () => {
  const { url, asked } = await endpoint();
  const { door } = await openDoor({ agent: new URL('desktops/7/', url) });
  const client = connect(join(door.folder, 'agent'));
  client.write('CONNECT 127.0.0.1:18082 HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(await text(client)).not.toContain(' 200 ');
  expect(asked).toEqual([]);
});

/** Chrome behind a server that asks for credentials: its lists, and a websocket that gives back what it gets. */
async function chrome(said: (host: string | undefined) => string) {
  const { server, asked, url } = await endpoint((incoming) =>
    JSON.stringify({ Browser: 'Chrome', webSocketDebuggerUrl: said(incoming.headers.host) }, null, 2),
  );
  const opened: (string | undefined)[] = [];
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, incoming) => {
    opened.push(incoming.url, incoming.headers.authorization);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return { url, asked, opened };
}

function webSocket(door: Door, path: string): WebSocket {
  return new WebSocket(`ws+unix:${join(door.folder, 'cdp')}:${path}`, { perMessageDeflate: false });
}

test.each([
  ['as it is', ''],
  ['with credentials', 'arpo:secret@'],
])('Chrome is driven through it: an endpoint %s', async (_how, credentials) => {
  const { url, opened } = await chrome((host) => `ws://${host}/devtools/browser/1-2`);
  const named = new URL(url.href.replace('//', `//${credentials}`));
  const { door, opening } = await openDoor({ cdp: named });
  const version = JSON.parse((await ask(door, 'cdp', '/json/version')).text);
  expect(version).toEqual({
    Browser: 'Chrome',
    webSocketDebuggerUrl: 'ws://127.0.0.1:9222/devtools/browser/1-2',
  });
  const socket = webSocket(door, new URL(version.webSocketDebuggerUrl).pathname);
  await once(socket, 'open');
  const large = Buffer.alloc(3_000_000, 'x');
  socket.send(large);
  expect((await once(socket, 'message'))[0].equals(large)).toBe(true);
  const sent = credentials && `Basic ${Buffer.from('arpo:secret').toString('base64')}`;
  expect(opened).toEqual(['/devtools/browser/1-2', sent || undefined]);
  opening[Symbol.dispose]();
  expect((await once(socket, 'close'))[0]).toBe(1006);
});

test('no websocket is opened but below the endpoint’s path, and none at all to agent and VLC', async () => {
  const { url, opened } = await chrome(() => 'ws://x/');
  const below = new URL('desktops/7/', url);
  const { door } = await openDoor({ cdp: below, agent: below });
  const refused = webSocket(door, '/desktops/8/devtools/browser/1');
  expect(await once(refused, 'error')).toBeDefined();
  const agents = new WebSocket(`ws+unix:${join(door.folder, 'agent')}:/desktops/7/x`);
  expect(await once(agents, 'error')).toBeDefined();
  expect(opened).toEqual([]);
  const allowed = webSocket(door, '/desktops/7/devtools/browser/1');
  await once(allowed, 'open');
  expect(opened[0]).toBe('/desktops/7/devtools/browser/1');
  allowed.terminate();
});

test('an endpoint that nobody listens on is a gateway’s error, or a cut connection', async () => {
  const { door } = await openDoor({ agent: new URL('http://arpo:x@127.0.0.1:9/') });
  expect((await ask(door, 'agent', '/')).status).toBe(502);
  expect(await knock(door, 'vlc')).toBe('');
});

test.each(['', 'prefix/'])('what nobody reads is not taken from the desktop (%j)', async (prefix) => {
  const SIZE = 64 * 1024 ** 2;
  const chunk = Buffer.alloc(2 ** 16);
  let sent = 0;
  let isFull = false;
  const server = createServer(async (incoming, response) => {
    if (incoming.url?.endsWith('/small')) return response.end('small');
    for (; sent < SIZE; sent += chunk.length) {
      if (response.write(chunk)) continue;
      isFull = true;
      await once(response, 'drain');
    }
    return response.end();
  });
  const { door } = await openDoor({ agent: new URL(prefix, await urlOf(server)) });
  const client = connect(join(door.folder, 'agent'));
  client.pause().write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await eventually(() => expect(isFull).toBe(true));
  // Time enough to take all of it.
  for (let count = 0; count < 50; count += 1) await ask(door, 'agent', '/small');
  expect(sent).toBeLessThan(SIZE / 4);
  expect((await buffer(client)).length).toBeGreaterThanOrEqual(SIZE);
});

test('no more than a handful of connections at once', async () => {
  const held: Socket[] = [];
  const url = await urlOf(createServer().on('connection', (socket) => held.push(socket)));
  const { door, opening } = await openDoor({ agent: url });
  const clients = Array.from({ length: 100 }, () => connect(join(door.folder, 'agent')));
  const closed = clients.map((client) =>
    once(
      client.on('error', () => undefined),
      'close',
    ),
  );
  await Promise.race(closed);
  await eventually(async () => expect(held).toHaveLength(64));
  await eventually(async () =>
    expect(clients.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length).toBe(36),
  );
  opening[Symbol.dispose]();
  await Promise.all(closed);
});
