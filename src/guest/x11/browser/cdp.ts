/**
 * Chrome CDP on the desktop's own port, where OSWorld's tasks put socat before Chrome. It answers before there is a
 * browser, so that a desktop is ready without one; whoever attaches gets one, started on demand.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { type Bind, listenAt } from '../../../http/listen.js';
import { refuseUpgrade } from '../../../http/loopback-server.js';
import { messageOf } from '../../../lib/errno.js';
import { parseJson } from '../../../lib/json.js';
import { GuestError } from '../../machine.js';
import type { Browser } from './browser.js';

export interface Cdp extends AsyncDisposable {
  readonly url: URL;
}

/** Stands for the browser that a client would attach to: the real one has an address of its own. */
const ANY_BROWSER = '/devtools/browser/on-demand';
const WITHOUT_BROWSER = {
  Browser: 'Chrome (starts when a client attaches)',
  'Protocol-Version': '1.3',
  'User-Agent': 'arpo-env desktop',
};
/** What the real browser answers at `/json/version`. */
const versionSchema = z.object({ webSocketDebuggerUrl: z.url() });
const LIST = /^\/json(?:\/list)?\/?$/;

/** Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG when the address cannot be listened on. */
export async function startCdp(browser: Browser, bind: Bind): Promise<Cdp> {
  const server = createServer((incoming, response) => {
    answer(browser, incoming, response).catch((error: unknown) => refuse(response, error));
  });
  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => socket.destroy());
    attach(browser, incoming, socket, head).catch((error: unknown) => {
      refuseUpgrade(socket, '502 Bad Gateway', messageOf(error));
    });
  });
  return listenAt(server, bind);
}

async function answer(browser: Browser, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = incoming.url ?? '/';
  const port = await browser.port();
  if (port !== null) return forward(port, incoming, response);
  if (/^\/json\/version\/?$/.test(path)) {
    const webSocketDebuggerUrl = `ws://${incoming.headers.host}${ANY_BROWSER}`;
    return sendJson(response, { ...WITHOUT_BROWSER, webSocketDebuggerUrl });
  }
  if (LIST.test(path)) return sendJson(response, []);
  forward(await browser.start(), incoming, response);
}

/** With the client's own Host: from it Chrome makes the addresses that it answers with. */
function forward(port: number, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(response);
  });
  outgoing.on('error', (error) => refuse(response, error));
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

/** A WebSocket: the client's handshake goes on as it came, and after it bytes both ways. */
async function attach(
  browser: Browser,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const port = await browser.start();
  const path = incoming.url === ANY_BROWSER ? await browserPath(port) : (incoming.url ?? '/');
  const chrome = createConnection(port, '127.0.0.1');
  await once(chrome, 'connect');
  chrome.on('error', () => client.destroy());
  chrome.on('close', () => client.destroy());
  client.on('close', () => chrome.destroy());
  const lines = [`GET ${path} HTTP/1.1`];
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
  }
  chrome.write(`${lines.join('\r\n')}\r\n\r\n`);
  chrome.write(head);
  chrome.pipe(client);
  client.pipe(chrome);
}

async function browserPath(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/json/version`);
  const version = parseJson(await response.text(), versionSchema);
  if (version === undefined) throw new GuestError('the browser does not say where its CDP listens');
  return new URL(version.webSocketDebuggerUrl).pathname;
}

function sendJson(response: ServerResponse, value: unknown): void {
  response
    .writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })
    .end(JSON.stringify(value, null, 2));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end(`${messageOf(error)}\n`);
}
