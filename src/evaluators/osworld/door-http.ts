/**
 * The door's way to an endpoint that takes more than its address: TLS, credentials, a path that all requests begin with. What
 * comes from a sandbox is hostile: it says a path below that one, and has no say in where the request goes.
 */
import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { requestDesktop } from '../../desktop/ask.js';
import { byAddress } from '../../desktop/cdp.js';
import { join } from '../../http/relay.js';

interface HttpTarget {
  /** Base URL. */
  url: URL;
  /** Whether it is Chrome: its websockets are led through, and what it says of their URLs is made true for the client. */
  isChrome: boolean;
}

/** Of one connection, not of the next (RFC 9110, 7.6.1), beside what HTTP itself settles for each. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade', 'expect'],
]);
/** Chrome's lists of its tabs are smaller. */
const LARGEST_LIST_BYTES = 4 * 1024 ** 2;

/** Whether bytes can be passed on as they are. */
export function needsHttp({ protocol, username, password, pathname }: URL): boolean {
  return protocol !== 'http:' || username !== '' || password !== '' || pathname !== '/';
}

/** To be given connections; it never listens. */
export function httpRelay(target: HttpTarget): Server {
  const server = createServer((incoming, answer) => {
    forward(target, incoming, answer).catch(() => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
  });
  if (target.isChrome) {
    server.on('upgrade', (incoming, client: Socket, head: Buffer) => {
      forwardUpgrade(target, incoming, client, head).catch(() => client.destroy());
    });
  }
  return server;
}

async function forward(target: HttpTarget, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const path = pathBelow(target.url, incoming.url);
  if (path === null) {
    answer.writeHead(400).end();
    return;
  }
  const isList = target.isChrome && /^\/json(\/|$)/.test(incoming.url ?? '');
  const url = target.isChrome && target.url.protocol === 'http:' ? await byAddress(target.url) : target.url;
  const outgoing = requestDesktop(url, {
    ...{ method: incoming.method, path, agent: false },
    headers: requestHeaders(incoming, isList),
  });
  answer.once('close', () => outgoing.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
  });
  // It may answer before it has read all; then what is still to be sent is of no interest.
  pipeline(incoming, outgoing).catch(() => undefined);
  const response = await answered;
  const headers = endToEnd(response.rawHeaders);
  if (!isList) {
    answer.writeHead(response.statusCode ?? 502, headers);
    await pipeline(response, answer);
    return;
  }
  const list = withUrlsOf(incoming.headers.host ?? '', await bounded(response));
  const kept = pairs(headers).filter(([name]) => name.toLowerCase() !== 'content-length');
  answer.writeHead(response.statusCode ?? 502, kept.flat()).end(list);
}

/** A path that Chrome said, which is whole: it begins with the endpoint's own. */
async function forwardUpgrade(
  target: HttpTarget,
  incoming: IncomingMessage,
  client: Socket,
  head: Buffer,
): Promise<void> {
  const path = normalized(incoming.url);
  if (path === null || !path.startsWith(target.url.pathname)) throw new Error('not below');
  const url = target.url.protocol === 'http:' ? await byAddress(target.url) : target.url;
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const outgoing = request(url, {
    ...{ path, agent: false },
    headers: { ...requestHeaders(incoming, false), connection: 'Upgrade', upgrade: 'websocket' },
  });
  client.once('close', () => outgoing.destroy());
  const [response, server, first] = await new Promise<[IncomingMessage, Socket, Buffer]>(
    (resolve, reject) => {
      outgoing.once('upgrade', (...all) => resolve(all)).on('error', reject);
      outgoing.once('response', ({ statusCode }) => reject(new Error(`it answered ${statusCode}`)));
      outgoing.end();
    },
  );
  if (client.destroyed) {
    server.destroy();
    return;
  }
  const headers = pairs(endToEnd(response.rawHeaders)).map(([name, value]) => `${name}: ${value}\r\n`);
  client.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${headers.join('')}\r\n`,
  );
  server.unshift(first);
  client.unshift(head);
  join(client, server);
}

/** Null for what would lead elsewhere. */
function pathBelow(base: URL, said: string | undefined): string | null {
  const path = normalized(said);
  return path === null ? null : base.pathname.replace(/\/$/, '') + path;
}

/**
 * Path and query without dots; null for what is not a path. A server behind this one may take more for dots and slashes than
 * it should (%2e%2e%2f): where such a thing is left, nothing is asked.
 */
function normalized(said = ''): string | null {
  if (!said.startsWith('/') || !URL.canParse(`http://desktop${said}`)) return null;
  const { pathname, search } = new URL(`http://desktop${said}`);
  const isDotted = /(^|[/\\]|%2f|%5c)(\.|%2e)(\.|%2e)?($|[/\\;]|%2f|%5c)/i.test(pathname);
  return isDotted || /%25(2e|2f|5c|25)/i.test(pathname) ? null : pathname + search;
}

/** Host and credentials are the target's; a client that brings its own credentials, as VLC's does, keeps them. */
function requestHeaders({ headers }: IncomingMessage, isList: boolean): Record<string, string | string[]> {
  const dropped = new Set([...HOP_BY_HOP, 'host', ...(isList ? ['accept-encoding'] : [])]);
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || dropped.has(name) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(kept);
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  return pairs(rawHeaders)
    .filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))
    .flat();
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] ?? '',
    flat[2 * index + 1] ?? '',
  ]);
}

async function bounded(response: IncomingMessage): Promise<string> {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST_LIST_BYTES) response.destroy(new Error('too large'));
  });
  return textOf(response);
}

/** The client reaches Chrome by another address than the one that Chrome was asked under. */
function withUrlsOf(host: string, list: string): string {
  return list.replace(
    /("webSocketDebuggerUrl":\s*")wss?:\/\/[^/"]*/g,
    (_all, before: string) => `${before}ws://${host}`,
  );
}
