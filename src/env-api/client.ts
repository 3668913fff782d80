/** A client of an env server or of one of its envs, ours or the Python one; what it refuses is an ArpoEnvError. */
import got, { type Method } from 'got';
import { z } from 'zod';
import { errno, messageOf } from '../lib/errno.js';
import { parseJson } from '../lib/json.js';
import { errorOf, unreachable } from './errors.js';
import { type HealthReading, type HttpReply, readHealth } from './health.js';
import { type EnvSummary, envListSchema, type Health, healthSchema, rewardSchema } from './schemas.js';

export interface EnvClientOptions {
  /** Sent as Bearer; without one, user and password of the URL are sent as Basic. */
  token?: string | undefined;
  /** Ends every call, with its reason. */
  signal: AbortSignal;
}

export interface CallOptions {
  /** Ends this call, in addition to the client's own. */
  signal?: AbortSignal | undefined;
  /** Default: 3 s for what answers at once; 6 h for reset, step and evaluate, which end within the server's own budgets. */
  deadlineMs?: number | undefined;
  /** With one, a repeated reset, step or evaluate acts once. */
  idempotencyKey?: string | undefined;
}

/** How an answer came. */
export interface Delivery {
  status: number;
  /** Size of its body. */
  bytes: number;
}

export interface StepAnswer extends Delivery {
  /** The conversation; null when the episode is over. */
  messages: Message[] | null;
  isDone: boolean;
  formatReward: number;
}

const messageSchema = z.object({
  role: z.string(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional(), b64: z.string().optional() })),
});
export type Message = z.output<typeof messageSchema>;

/** As `schemas.ts` has them, less what only our own server promises. */
const stepSchema = z.object({
  obs_messages: z.array(messageSchema).nullable(),
  is_done: z.boolean(),
  format_reward: z.number().default(0),
});
const historySchema = z.object({ history_messages: z.array(messageSchema) });

const QUICK_MS = 3000;
const LONGEST_MS = 6 * 3600_000;

export class EnvClient {
  readonly #options: EnvClientOptions;

  /** `url` may have a path of its own, e.g. `/envs/2`. */
  constructor(
    readonly url: URL,
    options: EnvClientOptions,
  ) {
    this.#options = options;
  }

  /** Never throws but for a signal's reason. */
  async health(options?: CallOptions): Promise<HealthReading | { kind: 'silent'; reason: string }> {
    const answer = await this.#ask('GET', 'health', undefined, { deadlineMs: QUICK_MS, ...options });
    return 'reason' in answer ? { kind: 'silent', reason: answer.reason } : readHealth(answer);
  }

  /** The health of an env that is ready. Throws E_NOT_READY without one. */
  async ready(options?: CallOptions): Promise<Health> {
    const { value } = await this.#call('GET', 'ready', healthSchema, undefined, {
      deadlineMs: QUICK_MS,
      ...options,
    });
    return value;
  }

  /** The envs of a server of ours; empty when it does not say. Never throws but for a signal's reason. */
  async envs(options?: CallOptions): Promise<EnvSummary[]> {
    const answer = await this.#ask('GET', 'envs', undefined, { deadlineMs: QUICK_MS, ...options });
    return 'reason' in answer ? [] : (parseJson(answer.body, envListSchema)?.envs ?? []);
  }

  /** True when a GET of the route is answered with a 2xx. Never throws but for a signal's reason. */
  async answers(route: string, options?: CallOptions): Promise<boolean> {
    const answer = await this.#ask('GET', route, undefined, { deadlineMs: QUICK_MS, ...options });
    return !('reason' in answer) && isFine(answer);
  }

  reset(task: unknown, options?: CallOptions): Promise<StepAnswer> {
    return this.#step('env/reset', { task_config: task }, options);
  }

  step(prediction: string, options?: CallOptions): Promise<StepAnswer> {
    return this.#step('env/step', { prediction }, options);
  }

  async evaluate(options?: CallOptions): Promise<Delivery & { reward: number }> {
    const { value, ...delivery } = await this.#call('POST', 'env/evaluate', rewardSchema, {}, options);
    return { ...delivery, reward: value };
  }

  /** The conversation so far. */
  async history(options?: CallOptions): Promise<Message[]> {
    const { value } = await this.#call('POST', 'env/history_messages', historySchema, {}, options);
    return value.history_messages;
  }

  async #step(route: string, body: object, options?: CallOptions): Promise<StepAnswer> {
    const { value, ...delivery } = await this.#call('POST', route, stepSchema, body, options);
    const { obs_messages: messages, is_done: isDone, format_reward: formatReward } = value;
    return { ...delivery, messages, isDone, formatReward };
  }

  /** What a 2xx carries. Throws what the server says, or E_SERVER_UNREACHABLE. */
  async #call<Schema extends z.ZodType>(
    method: Method,
    route: string,
    schema: Schema,
    body: object | undefined,
    options?: CallOptions,
  ): Promise<Delivery & { value: z.output<Schema> }> {
    const answer = await this.#ask(method, route, body, options);
    if ('reason' in answer) throw unreachable(this.url, answer.reason, answer.cause);
    if (!isFine(answer)) throw errorOf(answer, this.url);
    const value = parseJson(answer.body, schema);
    if (value === undefined) throw unreachable(this.url, `its answer to /${route} is not an env server's`);
    return { value, status: answer.status, bytes: Buffer.byteLength(answer.body) };
  }

  /** The answer, whatever its status, or why there is none. Throws a signal's reason. */
  async #ask(
    method: Method,
    route: string,
    json: object | undefined,
    { signal, deadlineMs = LONGEST_MS, idempotencyKey }: CallOptions = {},
  ): Promise<HttpReply | { reason: string; cause: unknown }> {
    const { token } = this.#options;
    const signals = [this.#options.signal, ...(signal ? [signal] : [])];
    try {
      const { statusCode, headers, body } = await got(this.#route(route), {
        method,
        ...(json ? { json } : {}),
        headers: {
          // Else a server of ours sends blanks while it works, and says every status before it knows it.
          prefer: 'respond-async',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        throwHttpErrors: false,
        retry: { limit: 0 },
        timeout: { request: deadlineMs },
        signal: AbortSignal.any(signals),
      });
      return { status: statusCode, headers, body };
    } catch (cause) {
      for (const each of signals) each.throwIfAborted();
      return { reason: messageOf(cause) || String(errno(cause)), cause };
    }
  }

  #route(route: string): URL {
    const url = new URL(this.url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${route}`;
    return url;
  }
}

function isFine({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

/** The newest screenshot of a conversation, as the guest sent it. */
export function lastImage(messages: readonly Message[]): Buffer | null {
  const image = messages.flatMap(({ content }) => content).findLast(({ b64 }) => b64 !== undefined);
  return image?.b64 === undefined ? null : Buffer.from(image.b64, 'base64');
}
