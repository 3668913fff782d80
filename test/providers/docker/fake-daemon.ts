/** Docker's HTTP API on a unix socket, with the answers that a test gives it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { TemporaryFolder } from '../../support/temporary-folder.js';

/** From `GET /version` to what is answered; a function writes the answer itself. */
export type Answers = Record<string, unknown | ((response: ServerResponse) => void)>;
/** What has no answer of its own; false when it has none here either. */
export type Otherwise = (request: IncomingMessage, response: ServerResponse) => boolean;

export const VERSION = { Version: '28.2.2', ApiVersion: '1.50' };
export const INFO = { NCPU: 4, MemTotal: 16 * 1024 ** 3 };

export class FakeDaemon implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly #folder = new TemporaryFolder({ 'config.json': '{}' });
  readonly #server = createServer((request, response) => this.#answer(request, response));

  private constructor(
    private readonly answers: Answers,
    private readonly otherwise: Otherwise,
  ) {}

  static async start(answers: Answers = {}, otherwise: Otherwise = () => false): Promise<FakeDaemon> {
    const daemon = new FakeDaemon({ 'GET /version': VERSION, 'GET /info': INFO, ...answers }, otherwise);
    await new Promise<void>((resolve) => daemon.#server.listen(daemon.#socket, resolve));
    return daemon;
  }

  get env(): NodeJS.ProcessEnv {
    return { DOCKER_HOST: `unix://${this.#socket}`, DOCKER_CONFIG: this.#folder.path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#folder[Symbol.dispose]();
  }

  get #socket(): string {
    return join(this.#folder.path, 'docker.sock');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const route = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    this.requests.push(route);
    const answer = this.answers[route];
    if (typeof answer === 'function') return void answer(response);
    if (answer === undefined && this.otherwise(request, response)) return;
    if (answer === undefined) return void response.writeHead(404).end('{"message":"No such thing"}');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}
