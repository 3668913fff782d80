/** A small HTTP server for some pages, on a free loopback port by default. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { listenAt, type SocketBind } from './listen.js';
import { isOwnName } from './same-origin.js';

export interface LoopbackServer extends AsyncDisposable {
  readonly url: URL;
}

export interface Page {
  status: number;
  type: string;
  body: string | Buffer;
}

/** Where to listen: a unix socket, or a port. */
export type ListenAt =
  | SocketBind
  | {
      /** Default 127.0.0.1. */
      host?: string | undefined;
      /** Default 0: any free port. */
      port?: number | undefined;
    };

/** Gets a client that asks for a WebSocket; the socket's errors are handled, and it is destroyed with the server. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** `answer` gets the path without its query and the address that the client used. Default of `upgrade`: 501. */
export async function startLoopbackServer(
  answer: (path: string, self: URL) => Page | Promise<Page>,
  gate: () => Promise<void>,
  at: ListenAt = {},
  upgrade: Upgrade = (_request, socket) =>
    refuseUpgrade(socket, '501 Not Implemented', 'there is no WebSocket here'),
): Promise<LoopbackServer> {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { host } = request.headers;
    if ('socket' in at && host !== undefined && !isOwnName(host, [])) {
      response.writeHead(403).end();
      return;
    }
    await gate();
    // What passes its bytes on, a published port or a door to a socket, has another address: only the client knows it.
    const asked = `http://${request.headers.host}/`;
    const self = URL.canParse(asked) ? new URL(asked) : url;
    const { status, type, body } = await answer((request.url ?? '/').split('?')[0] ?? '/', self);
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head);
  });
  const bind = 'socket' in at ? at : { host: at.host ?? '127.0.0.1', port: at.port ?? 0 };
  const { url, ...end } = await listenAt(server, bind);
  return { url, ...end };
}

export function textPage(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: text };
}

/** `status`: e.g. `403 Forbidden`. */
export function refuseUpgrade(socket: Duplex, status: string, reason: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n${reason}\n`);
}
