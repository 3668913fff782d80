/** A desktop in whose place tests lay files, windows and answers: OSWorld's agent, VLC and a file server on one port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecuteResult } from '../../../src/desktop/agent-answers.js';
import { AgentClient } from '../../../src/desktop/agent-client.js';
import type { EvaluationContext } from '../../../src/evaluators/judge.js';

interface Command {
  command: unknown;
  shell: boolean;
}

export class FixtureDesktop implements AsyncDisposable {
  /** Guest files by path. */
  readonly files = new Map<string, string | Buffer>();
  /** What the web has, by path. */
  readonly web = new Map<string, string | Buffer>();
  readonly commands: Command[] = [];
  /** Every request, as `POST /file`. */
  readonly requests: string[] = [];
  /** What a command leaves behind, or null when the guest cannot run it. */
  execute: (command: Command) => Partial<ExecuteResult> | null = () => ({});
  accessibilityTree = '<desktop-frame/>';
  /** JSON answers by route. */
  readonly answers = new Map<string, unknown>();
  vlcStatus: string | number = 404;
  readonly #server: Server;
  readonly #cacheDir: string;

  private constructor(cacheDir: string) {
    this.#cacheDir = cacheDir;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<FixtureDesktop> {
    const desktop = new FixtureDesktop(await mkdtemp(join(tmpdir(), 'arpo-env-evaluate-')));
    await new Promise<void>((resolve) => desktop.#server.listen(0, '127.0.0.1', resolve));
    return desktop;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  context(overrides: Partial<EvaluationContext> = {}): EvaluationContext {
    return {
      agent: new AgentClient(this.url),
      endpoints: { agent: this.url, cdp: this.url, watch: this.url, vlc: this.url },
      cacheDir: this.#cacheDir,
      clientPassword: 'password',
      screen: { width: 1920, height: 1080 },
      signal: new AbortController().signal,
      actionHistory: [],
      ...overrides,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#cacheDir, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const route = request.url ?? '';
    if (this.answers.has(route)) return void response.end(JSON.stringify(this.answers.get(route)));
    if (this.web.has(route)) return void response.end(this.web.get(route));
    switch (route) {
      case '/file': {
        const content = this.files.get(new URLSearchParams(body).get('file_path') ?? '');
        return void (content === undefined ? response.writeHead(404).end() : response.end(content));
      }
      case '/execute':
      case '/setup/execute': {
        const command = JSON.parse(body) as Command;
        this.commands.push(command);
        const result = this.execute(command);
        if (result === null) return void response.writeHead(500).end('{"status":"error","message":"no"}');
        return void response.end(
          JSON.stringify({ status: 'success', output: '', error: '', returncode: 0, ...result }),
        );
      }
      case '/accessibility':
        return void response.end(JSON.stringify({ AT: this.accessibilityTree }));
      case '/requests/status.xml': {
        const isAllowed =
          request.headers.authorization === `Basic ${Buffer.from(':password').toString('base64')}`;
        if (typeof this.vlcStatus === 'number') return void response.writeHead(this.vlcStatus).end();
        return void (isAllowed ? response.end(this.vlcStatus) : response.writeHead(401).end());
      }
    }
    response.writeHead(404).end();
  }
}
