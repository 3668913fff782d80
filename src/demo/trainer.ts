/** The trainer's side of the demo: the calls of ARPO's RemoteEnvWorker, and a retry that is safe. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import got, { HTTPError, RequestError } from 'got';
import { ArpoEnvError } from '../errors.js';

type Part = { type: 'text'; text: string } | { type: 'image'; b64: string };

interface StepResult {
  obs_messages: { role: string; content: Part[] }[] | null;
  is_done: boolean;
  format_reward: number;
}

/** What one call cost and brought back. */
export interface Exchange {
  status: number;
  latencyMs: number;
  /** Size of the response body. */
  bytes: number;
  /** How often the request was sent again because the tunnel was down. */
  retries: number;
  done: boolean;
  /** The newest screenshot, as the guest sent it; null when the episode ended. */
  screenshot: Buffer | null;
}

const RETRY_EVERY_MS = 50;
/** How long a request is repeated while the tunnel is away. */
const RETRY_FOR_MS = 60_000;

/** Talks to `baseUrl` only, as a trainer on the cluster would. */
export class DemoTrainer {
  private readonly baseUrl: string;
  private readonly signal: AbortSignal;

  constructor(baseUrl: URL, signal: AbortSignal) {
    this.baseUrl = baseUrl.href.replace(/\/+$/, '');
    this.signal = signal;
  }

  async reset(taskConfig: unknown): Promise<Exchange> {
    return asStep(await this.post('/env/reset', { task_config: taskConfig }));
  }

  async step(prediction: string): Promise<Exchange> {
    return asStep(await this.post('/env/step', { prediction }));
  }

  async evaluate(): Promise<Exchange & { reward: number }> {
    const { body, ...exchange } = await this.post('/env/evaluate', {});
    return { ...exchange, done: true, screenshot: null, reward: JSON.parse(body) as number };
  }

  /** The same Idempotency-Key goes with each repetition, so that the env acts once however often we ask. */
  private async post(route: string, json: object): Promise<RawExchange> {
    const headers = { 'Idempotency-Key': randomUUID() };
    const started = performance.now();
    for (let retries = 0; ; retries += 1) {
      try {
        const response = await got.post(this.baseUrl + route, {
          json,
          headers,
          signal: this.signal,
          retry: { limit: 0 },
          timeout: { request: 120_000 },
        });
        const latencyMs = performance.now() - started;
        return {
          status: response.statusCode,
          latencyMs,
          bytes: response.rawBody.length,
          retries,
          body: response.body,
        };
      } catch (error) {
        this.signal.throwIfAborted();
        if (!isAway(error) || performance.now() - started > RETRY_FOR_MS) throw describe(error, route);
        await sleep(RETRY_EVERY_MS, undefined, { signal: this.signal });
      }
    }
  }
}

interface RawExchange {
  status: number;
  latencyMs: number;
  bytes: number;
  retries: number;
  body: string;
}

function asStep({ body, ...exchange }: RawExchange): Exchange {
  const result = JSON.parse(body) as StepResult;
  const parts = result.obs_messages?.at(-1)?.content ?? [];
  const image = parts.find((part) => part.type === 'image');
  return {
    ...exchange,
    done: result.is_done,
    screenshot: image ? Buffer.from(image.b64, 'base64') : null,
  };
}

/** No connection, a cut one, or the tunnel's own 502: the request may be sent again. */
function isAway(error: unknown): boolean {
  if (error instanceof HTTPError) return error.response.statusCode === 502;
  return error instanceof RequestError && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(error.code);
}

function describe(error: unknown, route: string): unknown {
  if (!(error instanceof RequestError)) return error;
  const body = error instanceof HTTPError ? String(error.response.body) : '';
  return new ArpoEnvError(
    {
      code: 'E_TIMEOUT',
      message: `the trainer's POST ${route} failed: ${body || error.message}`,
      fix: 'run `arpo-env demo --log-level debug`; it shows what the env server and the tunnel logged',
    },
    { cause: error },
  );
}
