/** The env protocol over plain HTTP, for tests of its bytes: statuses, headers and bodies as they come. */
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // Bodies are whatever the server says; each test checks what it reads.
  json: () => ReturnType<typeof JSON.parse>;
}

export interface CallOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  method?: string;
}

export class RawClient {
  constructor(readonly base: URL | string) {}

  reset(task: object, options: CallOptions & { query?: string } = {}): Promise<Answer> {
    return this.post(`/env/reset${options.query ?? ''}`, { task_config: task }, options);
  }

  step(prediction: string, options: CallOptions & { query?: string } = {}): Promise<Answer> {
    return this.post(`/env/step${options.query ?? ''}`, { prediction }, options);
  }

  evaluate(options: CallOptions = {}): Promise<Answer> {
    return this.post('/env/evaluate', {}, options);
  }

  history(query = ''): Promise<Answer> {
    return this.post(`/env/history_messages${query}`, {});
  }

  get(path: string, options: CallOptions = {}): Promise<Answer> {
    return call(this.#url(path), undefined, { method: 'GET', ...options });
  }

  /** `body`: an object as JSON, a string or bytes as they are. */
  post(path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? {});
    const headers = { 'content-type': 'application/json', ...options.headers };
    return call(this.#url(path), raw, { method: 'POST', ...options, headers });
  }

  #url(path: string): URL {
    return new URL(String(this.base).replace(/\/$/, '') + path);
  }
}

/** A connection of its own for each request, as the trainer's client has it. */
function call(url: URL, body: string | Buffer | undefined, options: CallOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: new Agent(), ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, json: () => JSON.parse(text) });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
