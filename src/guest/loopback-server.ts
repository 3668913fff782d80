/** A small HTTP server, on a free loopback port by default: for the pages of a desktop beside its agent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface LoopbackServer extends AsyncDisposable {
  readonly url: URL;
}

export interface Page {
  status: number;
  type: string;
  body: string | Buffer;
}

/** Where to listen. */
export interface ListenAt {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
}

/** Gets a client that asks for a WebSocket; the socket's errors are handled, and it is destroyed with the server. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** `answer` gets the path without its query and the address that the client used. Default of `upgrade`: 501. */
export async function startLoopbackServer(
  answer: (path: string, self: URL) => Page | Promise<Page>,
  gate: () => Promise<void>,
  { host = '127.0.0.1', port: wanted = 0 }: ListenAt = {},
  upgrade: Upgrade = (_request, socket) =>
    refuseUpgrade(socket, '501 Not Implemented', 'this desktop has no browser'),
): Promise<LoopbackServer> {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    await gate();
    // A published port is another one outside: only the client knows which.
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
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head);
  });
  server.listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://${host}:${port}/`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await once(server, 'close');
    },
  };
}

export function textPage(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: text };
}

/** `status`: e.g. `403 Forbidden`. */
export function refuseUpgrade(socket: Duplex, status: string, reason: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n${reason}\n`);
}
