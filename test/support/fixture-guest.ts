/** A guest that answers at once: OSWorld's agent and Chrome CDP on one port, with levers for what goes wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DesktopEndpoints } from '../../src/desktop/endpoints.js';

interface Executed {
  output?: string;
  error?: string;
  returncode?: number;
  /** HTTP status of the answer. Default 200. */
  status?: number;
}

/** A PNG's signature and some bytes that tell one screenshot from another; nobody in these tests decodes it. */
export function fixturePng(label: string, bytes = 64): Buffer {
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    Buffer.from(label),
    Buffer.alloc(Math.max(bytes - 8 - label.length, 0), 7),
  ]);
}

export class FixtureGuest implements AsyncDisposable {
  /** Commands of /execute, oldest first. */
  readonly executed: unknown[] = [];
  /** Every request, as `GET /screenshot`. */
  readonly requests: string[] = [];
  /** What /screenshot answers: the image, or an HTTP status. */
  screenshot: () => Buffer | number = () => fixturePng(`screen ${this.executed.length}`);
  execute: (command: unknown) => Executed | Promise<Executed> = () => ({});
  /** What our own agent answers about what its desktop lacks; undefined: the original, which does not know the question. */
  missing: unknown;
  /** Whether /json/version answers. */
  cdpIsUp = true;
  readonly #server: Server;
  #endpoints: DesktopEndpoints | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  static async start(): Promise<FixtureGuest> {
    const guest = new FixtureGuest();
    await new Promise<void>((resolve) => guest.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`http://127.0.0.1:${(guest.#server.address() as AddressInfo).port}/`);
    guest.#endpoints = { agent: url, cdp: url, watch: url, vlc: url };
    return guest;
  }

  get endpoints(): DesktopEndpoints {
    if (!this.#endpoints) throw new Error('the guest has not been started');
    return this.#endpoints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    switch (request.url) {
      case '/screenshot': {
        const image = this.screenshot();
        if (typeof image === 'number') return void response.writeHead(image).end('no screenshot');
        return void response.writeHead(200, { 'content-type': 'image/png' }).end(image);
      }
      case '/json/version':
        return void response.writeHead(this.cdpIsUp ? 200 : 502).end('{"Browser":"Chrome/141.0"}');
      case '/execute':
      case '/setup/execute': {
        const { command } = JSON.parse(body) as { command: unknown };
        this.executed.push(command);
        const { status = 200, output = '', error = '', returncode = 0 } = await this.execute(command);
        return void response
          .writeHead(status)
          .end(JSON.stringify({ status: 'success', output, error, returncode }));
      }
      case '/setup/launch':
        return void response.end('launched successfully');
      case '/arpo-env/missing':
        return void response
          .writeHead(this.missing === undefined ? 404 : 200)
          .end(JSON.stringify(this.missing ?? null));
      case '/file':
        return void response.writeHead(404).end('{"error":"File not found"}');
      default:
        return void response.writeHead(404).end();
    }
  }
}
