/** A small HTTP server, on a free loopback port by default: for the pages of a desktop beside its agent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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

/** `answer` gets the path without its query and the address that the client used. A WebSocket is refused with 501. */
export async function startLoopbackServer(
  answer: (path: string, self: URL) => Page | Promise<Page>,
  gate: () => Promise<void>,
  { host = '127.0.0.1', port: wanted = 0 }: ListenAt = {},
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
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 501 Not Implemented\r\nconnection: close\r\n\r\nthis desktop has no browser\n');
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
      await once(server, 'close');
    },
  };
}

export function textPage(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: text };
}
