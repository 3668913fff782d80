/** The trainer's side of the demo: the calls of ARPO's RemoteEnvWorker, and a retry that is safe. */
import { randomUUID } from 'node:crypto';
import { type Delivery, EnvClient, lastImage, type StepAnswer } from '../env-api/client.js';
import { isLost } from '../env-api/errors.js';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { sleep } from '../lib/wait.js';

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

const CALL_MS = 120_000;
const RETRY_EVERY_MS = 50;
/** How long a request is repeated while the tunnel is away. */
const RETRY_FOR_MS = 60_000;

/** Talks to `baseUrl` only, as a trainer on the cluster would. */
export class DemoTrainer {
  readonly #client: EnvClient;
  readonly #signal: AbortSignal;

  constructor(baseUrl: URL, signal: AbortSignal) {
    this.#client = new EnvClient(baseUrl, { signal });
    this.#signal = signal;
  }

  reset(taskConfig: unknown): Promise<Exchange> {
    return this.#observe('reset', (options) => this.#client.reset(taskConfig, options));
  }

  step(prediction: string): Promise<Exchange> {
    return this.#observe('step', (options) => this.#client.step(prediction, options));
  }

  async evaluate(): Promise<Exchange & { reward: number }> {
    const { answer, ...cost } = await this.#persist('evaluate', (options) => this.#client.evaluate(options));
    return { ...cost, done: true, screenshot: null, reward: answer.reward };
  }

  async #observe(what: string, call: (options: Repeatable) => Promise<StepAnswer>): Promise<Exchange> {
    const { answer, ...cost } = await this.#persist(what, call);
    return { ...cost, done: answer.isDone, screenshot: lastImage(answer.messages?.slice(-1) ?? []) };
  }

  /** The same Idempotency-Key goes with each repetition, so that the env acts once however often we ask. */
  async #persist<Answer extends Delivery>(what: string, call: (options: Repeatable) => Promise<Answer>) {
    const options = { idempotencyKey: randomUUID(), deadlineMs: CALL_MS };
    const started = performance.now();
    for (let retries = 0; ; retries += 1) {
      try {
        const answer = await call(options);
        const { status, bytes } = answer;
        return { answer, status, bytes, retries, latencyMs: performance.now() - started };
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!isAway(error) || performance.now() - started > RETRY_FOR_MS) throw describe(error, what);
        await sleep(RETRY_EVERY_MS, this.#signal);
      }
    }
  }
}

interface Repeatable {
  idempotencyKey: string;
  deadlineMs: number;
}

/** No connection, a cut one, or the tunnel's own answer: the request may be sent again. */
function isAway(error: unknown): boolean {
  return isLost(error) || (error instanceof ArpoEnvError && error.code === 'E_TUNNEL_LOCAL');
}

function describe(error: unknown, what: string): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_TIMEOUT',
      message: `the trainer's ${what} failed: ${messageOf(error)}`,
      fix: 'run `arpo-env demo --log-level debug`; it shows what the env server and the tunnel logged',
    },
    { cause: error },
  );
}
