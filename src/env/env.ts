/**
 * The RL environment: one episode at a time on one desktop. Knows nothing of HTTP. Every operation goes through one
 * queue and belongs to the env, so a caller that goes away stops nothing that has begun.
 */
import { rm } from 'node:fs/promises';
import type { Task } from '../desktop/task.js';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../errors.js';
import type { BootStatus } from './boot.js';
import type { DesktopSupply } from './desktop-supply.js';
import { EnvDesktop } from './env-desktop.js';
import type { Episode } from './episode.js';
import type { EnvEvent, EnvState, Operation } from './events.js';
import type { WireHistory } from './history.js';
import { fingerprintOf, OperationsByKey } from './idempotency.js';
import { OperationQueue, type Ticket } from './operation-queue.js';
import { beginEpisode, checkTask } from './reset.js';
import { isDesktopLost, scoreEpisode } from './score.js';
import type { EnvSettings } from './settings.js';
import { type StepOutcome, takeStep } from './step.js';

/** Who waits for an operation. */
export interface Caller {
  /** Aborts when nobody waits any more; its reason is what the operation rejects with. */
  signal?: AbortSignal | undefined;
  /** The same key with the same operation returns the first answer and acts once, as long as the episode lasts. */
  idempotencyKey?: string | undefined;
}

export interface EnvStatus {
  state: EnvState;
  /** Milliseconds in this state. */
  elapsedMs: number;
  /** The boot of the present desktop, or of the one on its way. */
  boot: BootStatus | null;
  desktop: string | null;
  /** Where a person watches the desktop. */
  watch: URL | null;
  task: string | null;
  /** Actions carried out in this episode. */
  steps: number;
  isDone: boolean;
  /** Operations that wait behind the one that runs. */
  waiting: number;
  /** Why the env is `failed`. */
  failure: Problem | null;
  /** The last action that the desktop could not carry out in this episode. */
  lastProblem: Problem | null;
}

export interface EnvOptions {
  index: number;
  settings: EnvSettings;
  supply: DesktopSupply;
  /** Host folder that is this env's own; emptied by every reset and removed at the end. */
  episodeDir: string;
  onEvent: (event: EnvEvent) => void;
}

const LONE_SURROGATES = /\p{Surrogate}/gu;

export class Env implements AsyncDisposable {
  readonly index: number;
  readonly #options: EnvOptions;
  readonly #queue: OperationQueue;
  readonly #byKey = new OperationsByKey();
  readonly #desktop: EnvDesktop;
  readonly #lifetime = new AbortController();
  #state: EnvState = 'idle';
  #stateSince = performance.now();
  #episode: Episode | undefined;
  #failure: Problem | null = null;
  #lastProblem: Problem | null = null;
  #lastReset: { fingerprint: string; ticket: Ticket<StepOutcome> } | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: EnvOptions) {
    this.index = options.index;
    this.#options = options;
    this.#queue = new OperationQueue(`env ${options.index}`, options.settings.queueLimit);
    this.#desktop = new EnvDesktop({
      supply: options.supply,
      readyTimeoutMs: options.settings.readyTimeoutMs,
      onState: (state) => this.#enter(state),
      onEvent: (event) => this.#emit(event),
    });
  }

  get status(): EnvStatus {
    return {
      state: this.#state,
      elapsedMs: Math.round(performance.now() - this.#stateSince),
      boot: this.#desktop.bootStatus,
      desktop: this.#desktop.id,
      watch: this.#desktop.watch,
      task: this.#episode?.task.id ?? null,
      steps: this.#episode?.actionHistory.length ?? 0,
      isDone: this.#episode?.isDone ?? false,
      waiting: this.#queue.waiting,
      failure: this.#failure,
      lastProblem: this.#lastProblem,
    };
  }

  /**
   * Ends the running episode and begins one. A reset equal to the operation accepted last, while that has not ended,
   * joins it. Throws E_TASK_INVALID before anything is touched; E_BOOT_FAILED, E_SETUP_FAILED and the provider's errors
   * after a bounded number of attempts (the Python server answered 200 with null messages then; a reward made of that
   * is not one).
   */
  async reset(taskConfig: unknown, caller: Caller = {}): Promise<StepOutcome> {
    const task = checkTask(taskConfig);
    const fingerprint = fingerprintOf('reset', taskConfig);
    return this.#submit(fingerprint, caller, () => {
      const last = this.#lastReset;
      if (last && last.fingerprint === fingerprint && last.ticket === this.#queue.last) return last.ticket;
      const ticket = this.#queue.submit(() => this.#run('reset', () => this.#reset(task)));
      this.#lastReset = { fingerprint, ticket };
      return ticket;
    });
  }

  /**
   * Carries out what the model said. Without an episode it throws E_NOT_READY: the Python server would act on a blank
   * desktop and answer a history without prompt, which a trainer would learn from. After the end of an episode it acts
   * on and answers null, as that one does. Throws E_AGENT_* when the desktop is lost; the env is `failed` then.
   */
  async step(prediction: string, caller: Caller = {}): Promise<StepOutcome> {
    // No text is made of them: Python cannot encode one, and the original answered 500.
    const text = prediction.replace(LONE_SURROGATES, '\uFFFD');
    return this.#submit(fingerprintOf('step', text), caller, () =>
      this.#queue.submit(() => this.#run('step', () => this.#step(text))),
    );
  }

  /** The episode's reward. Throws E_NOT_READY, E_EVALUATOR_UNAVAILABLE or E_EVALUATE_FAILED unless errors are `zero`. */
  async evaluate(caller: Caller = {}): Promise<number> {
    try {
      const fingerprint = fingerprintOf('evaluate', null);
      return await this.#submit(fingerprint, caller, () =>
        this.#queue.submit(() => this.#run('evaluate', () => this.#evaluate())),
      );
    } catch (thrown) {
      const error = toArpoEnvError(thrown);
      const isScore =
        error.code !== 'E_INTERRUPTED' && error.code !== 'E_BUSY' && error.code !== 'E_KEY_REUSED';
      if (this.#options.settings.evaluateErrors === 'fail' || !isScore) throw error;
      this.#emit({ type: 'evaluate-zeroed', error });
      return 0;
    }
  }

  /** The running episode's messages as they are now; empty when there is none. */
  history(): WireHistory {
    return this.#episode?.history.answer() ?? { messages: [], newFrom: 0 };
  }

  /** Ends what runs, cancels what waits and gives the desktop back. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #submit<T>(fingerprint: string, caller: Caller, submit: () => Ticket<T>): Promise<T> {
    const key = caller.idempotencyKey;
    const ticket = key === undefined ? submit() : this.#byKey.once(key, fingerprint, submit);
    return ticket.wait(caller.signal);
  }

  async #run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const report = (outcome: { outcome: 'ok' } | { outcome: ArpoEnvError['code']; error: ArpoEnvError }) =>
      this.#emit({ type: 'operation', operation, durationMs: performance.now() - started, ...outcome });
    try {
      const result = await work();
      report({ outcome: 'ok' });
      return result;
    } catch (thrown) {
      const error = toArpoEnvError(thrown);
      report({ outcome: error.code, error });
      throw error;
    }
  }

  async #reset(task: Task): Promise<StepOutcome> {
    this.#byKey.forgetEnded();
    this.#episode = undefined;
    this.#failure = null;
    this.#lastProblem = null;
    const { settings, episodeDir } = this.#options;
    try {
      this.#episode = await beginEpisode(task, {
        desktop: this.#desktop,
        settings,
        episodeDir,
        signal: this.#lifetime.signal,
        onState: (state) => this.#enter(state),
        onEvent: (event) => this.#emit(event),
      });
    } catch (error) {
      throw this.#fail(toArpoEnvError(error));
    }
    this.#enter('ready');
    return { history: this.#episode.history.answer(), isDone: false, formatReward: 0 };
  }

  async #step(prediction: string): Promise<StepOutcome> {
    const episode = this.#runningEpisode('step');
    const { signal } = this.#lifetime;
    this.#enter('stepping');
    try {
      const { agent } = await this.#desktop.thaw(signal);
      const { settings } = this.#options;
      const outcome = await takeStep(episode, prediction, {
        agent,
        settings,
        signal,
        onEvent: (event) => this.#emit(event),
      });
      await this.#desktop.freeze(signal);
      this.#enter('ready');
      return outcome;
    } catch (error) {
      throw this.#fail(await this.#desktop.named(toArpoEnvError(error)));
    }
  }

  async #evaluate(): Promise<number> {
    const episode = this.#runningEpisode('evaluate');
    const { signal } = this.#lifetime;
    this.#enter('evaluating');
    try {
      const lease = await this.#desktop.thaw(signal);
      const { settings } = this.#options;
      const reward = await scoreEpisode(episode, {
        lease,
        settings,
        signal,
        onEvent: (event) => this.#emit(event),
      });
      this.#enter('ready');
      return reward;
    } catch (thrown) {
      const error = toArpoEnvError(thrown);
      if (isDesktopLost(error)) throw this.#fail(await this.#desktop.named(error));
      this.#enter('ready');
      throw error;
    }
  }

  #runningEpisode(operation: Operation): Episode {
    if (this.#episode) return this.#episode;
    const name = `env ${this.index}`;
    const why = this.#failure ? `${name} has failed: ${this.#failure.message}` : `${name} has no episode yet`;
    const message = `cannot ${operation}: ${why}`;
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message,
      fix: 'POST /env/reset with a task_config first',
    });
  }

  #fail(error: ArpoEnvError): ArpoEnvError {
    this.#episode = undefined;
    this.#failure = error.toJSON();
    this.#desktop.discard();
    this.#enter('failed');
    return error;
  }

  #enter(state: EnvState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#stateSince = performance.now();
    this.#emit({ type: 'state', state });
  }

  #emit(event: EnvEvent): void {
    if (event.type === 'action-problem') this.#lastProblem = event.problem;
    this.#options.onEvent(event);
  }

  async #dispose(): Promise<void> {
    this.#lifetime.abort(
      new ArpoEnvError({
        code: 'E_INTERRUPTED',
        message: 'the env server is shutting down',
        fix: 'send the request again',
      }),
    );
    await this.#queue.close();
    this.#desktop.discard();
    await rm(this.#options.episodeDir, { recursive: true, force: true });
  }
}
