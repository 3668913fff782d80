/** What a week of training wants to know of its envs, for Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EnvState } from '../env/events.js';
import type { ServerEnvs, ServerEvent } from './server-envs.js';

const STATES: readonly EnvState[] = [
  'idle',
  'booting',
  'restoring',
  'setup',
  'ready',
  'stepping',
  'evaluating',
  'failed',
];
/** Seconds, from a warm step to a boot in software emulation. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];

/** One server's metrics, in a registry of their own. Fed by `observe` and `countBytes`. */
export class ServerMetrics {
  readonly contentType: string;
  readonly #registry: Registry;
  readonly #operations: Histogram<'env' | 'operation' | 'outcome'>;
  readonly #boots: Histogram<'outcome'>;
  readonly #episodes: Counter<'env' | 'end'>;
  readonly #rewards: Histogram<'env'>;
  readonly #problems: Counter<'env' | 'kind'>;
  readonly #bytes: Counter<'direction'>;

  constructor() {
    const registry = new Registry();
    const registers = [registry];
    this.#registry = registry;
    this.contentType = registry.contentType;
    this.#operations = new Histogram({
      name: 'arpo_env_operation_duration_seconds',
      help: 'Time of each reset, step and evaluate from its turn in the queue to its end; outcome is ok or an error code.',
      labelNames: ['env', 'operation', 'outcome'],
      buckets: BUCKETS,
      registers,
    });
    this.#boots = new Histogram({
      name: 'arpo_env_boot_duration_seconds',
      help: 'Time of each boot of a desktop; outcome is ready, failed or cancelled.',
      labelNames: ['outcome'],
      buckets: BUCKETS,
      registers,
    });
    this.#episodes = new Counter({
      name: 'arpo_env_episodes_total',
      help: 'Episodes begun (end="begun"), and ended by the model or by max-steps.',
      labelNames: ['env', 'end'],
      registers,
    });
    this.#rewards = new Histogram({
      name: 'arpo_env_reward',
      help: 'Rewards that evaluate answered.',
      labelNames: ['env'],
      buckets: [0, 0.25, 0.5, 0.75, 1],
      registers,
    });
    this.#problems = new Counter({
      name: 'arpo_env_problems_total',
      help: 'What went wrong without an error answer, by kind.',
      labelNames: ['env', 'kind'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'arpo_env_http_bytes_total',
      help: 'Bytes of request bodies (received) and of answers (sent).',
      labelNames: ['direction'],
      registers,
    });
  }

  /** States and standby are read when somebody asks, so that they cannot be stale. */
  watch(envs: ServerEnvs): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'arpo_env_state',
      help: '1 for the state that the env is in.',
      labelNames: ['env', 'state'],
      registers,
      collect() {
        for (const { index, status } of envs.all) {
          for (const state of STATES) this.set({ env: index, state }, state === status.state ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: 'arpo_env_queue_length',
      help: 'Operations that wait behind the one that runs.',
      labelNames: ['env'],
      registers,
      collect() {
        for (const { index, status } of envs.all) this.set({ env: index }, status.waiting);
      },
    });
    new Gauge({
      name: 'arpo_env_standby_desktops',
      help: 'Desktops booted ahead that no env has taken.',
      labelNames: ['stage'],
      registers,
      collect() {
        const { ready, booting } = envs.supply.standby;
        this.set({ stage: 'ready' }, ready);
        this.set({ stage: 'booting' }, booting);
      },
    });
  }

  observe(event: ServerEvent): void {
    if (event.type === 'boot') this.#boots.observe({ outcome: event.outcome }, event.durationMs / 1000);
    if (!('env' in event)) return;
    const { env } = event;
    switch (event.type) {
      case 'operation': {
        const { operation, outcome } = event;
        this.#operations.observe({ env, operation, outcome }, event.durationMs / 1000);
        if (operation === 'reset' && outcome === 'ok') this.#episodes.inc({ env, end: 'begun' });
        break;
      }
      case 'episode-ended':
        this.#episodes.inc({ env, end: event.why });
        break;
      case 'episode-scored':
        this.#rewards.observe({ env }, event.reward);
        break;
      case 'action-problem':
        this.#problems.inc({ env, kind: event.failed ? 'action-failed' : 'action-stderr' });
        break;
      case 'prediction-unparsed':
      case 'evaluator-unavailable':
      case 'evaluate-zeroed':
      case 'reset-attempt-failed':
      case 'restore-failed':
        this.#problems.inc({ env, kind: event.type });
        break;
      case 'state':
      case 'setup-progress':
        break;
    }
  }

  countBytes(received: number, sent: number): void {
    this.#bytes.inc({ direction: 'received' }, received);
    this.#bytes.inc({ direction: 'sent' }, sent);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
