/**
 * The RL environment over a supply of desktops. Every operation goes through one queue and belongs to the env, so a
 * caller that goes away stops nothing that has begun.
 */
import { rm } from 'node:fs/promises';
import type { Action } from '../desktop/action.js';
import type { Task } from '../desktop/task.js';
import type { DesktopSupply } from '../desktops/supply.js';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import type { Judge } from '../evaluators/judge.js';
import { once } from '../lib/once.js';
import { checkTask } from './check-task.js';
import type { Caller, Environment, Observation } from './environment.js';
import type { Episode } from './episode.js';
import { Episodes, type EpisodesStatus } from './episodes.js';
import type { EnvEvent, Operation } from './events.js';
import { fingerprintOf, OperationsByKey } from './idempotency.js';
import { OperationQueue, type Ticket } from './operation-queue.js';
import type { EnvSettings } from './settings.js';

export interface EnvStatus extends EpisodesStatus {
  /** Operations that wait behind the one that runs. */
  waiting: number;
}

export interface EnvOptions {
  index: number;
  settings: EnvSettings;
  supply: DesktopSupply;
  /** Who scores. */
  judge: Judge;
  /** Whether the supply's desktops have a Chrome that can be steered. Default true. */
  hasChrome?: boolean | undefined;
  /** Host folder that is this env's own; emptied by every reset and removed at the end. */
  folder: string;
  onEvent: (event: EnvEvent) => void;
}

/** What an operation may do while it has the env to itself. */
export type Turn = Pick<Episodes, 'runningFor' | 'reset' | 'act' | 'observe' | 'evaluate'>;

export interface OperationRequest {
  operation: Operation;
  /** What is asked for. With the operation it tells a repeated request from another one, and what is answered. */
  body: unknown;
  caller: Caller | undefined;
}

export class Env implements Environment {
  readonly index: number;
  readonly #options: EnvOptions;
  readonly #queue: OperationQueue;
  readonly #byKey = new OperationsByKey();
  readonly #episodes: Episodes;
  readonly #lifetime = new AbortController();
  #lastReset: { fingerprint: string; ticket: Ticket<unknown> } | undefined;
  readonly #disposeOnce = once(() => this.#dispose());

  constructor(options: EnvOptions) {
    const { index, settings, supply, judge, folder, onEvent } = options;
    const name = `env ${index}`;
    this.index = index;
    this.#options = options;
    this.#queue = new OperationQueue(name, settings.queueLimit);
    this.#episodes = new Episodes({
      ...{ name, settings, supply, judge, folder, onEvent },
      signal: this.#lifetime.signal,
    });
  }

  get status(): EnvStatus {
    return { ...this.#episodes.status, waiting: this.#queue.waiting };
  }

  /** The running episode, for those who keep something of their own with it. */
  get episode(): Episode | undefined {
    return this.#episodes.running;
  }

  /**
   * What `work` does with the task. Throws E_TASK_INVALID, E_TASK_CREDENTIALS or, unless such tasks are played,
   * E_EVALUATOR_UNAVAILABLE, without anything being touched. What is missing may have been installed by now; where nothing
   * is, `work` begins at once: operations keep the order in which they are asked for.
   */
  async checked<T>(taskConfig: unknown, work: (task: Task) => T | Promise<T>): Promise<T> {
    let task: Task;
    try {
      task = this.#check(taskConfig);
    } catch (error) {
      const isMissing = error instanceof ArpoEnvError && error.code === 'E_EVALUATOR_UNAVAILABLE';
      if (!isMissing) throw error;
      task = await this.#checkAgain(taskConfig, error);
    }
    return work(task);
  }

  /**
   * Ends the running episode and begins one. Throws what `checked` does before anything is touched; E_BOOT_FAILED,
   * E_SETUP_FAILED and the provider's errors after a bounded number of attempts (the Python server answered 200 with
   * null messages then; a reward made of that is not one).
   */
  async reset(task: Task, caller?: Caller): Promise<Observation> {
    return this.checked(task, (checked) =>
      this.operate({ operation: 'reset', body: task, caller }, (turn) => turn.reset(checked)),
    );
  }

  /**
   * Without an episode it throws E_NOT_READY: the Python server would act on a blank desktop. After the end of an
   * episode it acts on, as that one does. Throws E_AGENT_* when the desktop is lost; the env is `failed` then.
   */
  async act(actions: readonly Action[], caller?: Caller): Promise<Observation> {
    return this.operate({ operation: 'step', body: actions, caller }, (turn) => turn.act(actions));
  }

  async observe(caller?: Caller): Promise<Observation> {
    return this.operate({ operation: 'observe', body: null, caller }, (turn) => turn.observe());
  }

  /** The episode's reward. Throws E_NOT_READY, E_EVALUATOR_UNAVAILABLE or E_EVALUATE_FAILED unless errors are `zero`. */
  async evaluate(caller?: Caller): Promise<number> {
    try {
      return await this.operate({ operation: 'evaluate', body: null, caller }, (turn) => turn.evaluate());
    } catch (thrown) {
      const error = toArpoEnvError(thrown);
      const isScore =
        error.code !== 'E_INTERRUPTED' && error.code !== 'E_BUSY' && error.code !== 'E_KEY_REUSED';
      if (this.#options.settings.evaluateErrors === 'fail' || !isScore) throw error;
      this.#options.onEvent({ type: 'evaluate-zeroed', error });
      return 0;
    }
  }

  /**
   * One operation made of what `work` does: nothing comes between its parts, and no caller's leaving ends it once it has
   * begun. Whoever repeats it with its key gets what `work` returned, and so does a reset equal to the operation
   * accepted last, as long as that has not ended. Throws E_BUSY, E_KEY_REUSED, or the caller's reason.
   */
  async operate<T>(
    { operation, body, caller = {} }: OperationRequest,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    const fingerprint = fingerprintOf(operation, body);
    const submit = () => this.#queue.submit(() => this.#run(operation, work));
    const join = operation === 'reset' ? () => this.#joinReset(fingerprint, submit) : submit;
    const key = caller.idempotencyKey;
    const ticket = key === undefined ? join() : this.#byKey.once(key, fingerprint, join);
    return ticket.wait(caller.signal);
  }

  /** Ends what runs, cancels what waits and gives the desktop back. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposeOnce();
  }

  async #checkAgain(taskConfig: unknown, missed: ArpoEnvError): Promise<Task> {
    const { judge, onEvent } = this.#options;
    try {
      if (await judge.lookAgain?.()) return this.#check(taskConfig);
      throw missed;
    } catch (thrown) {
      const { id } = taskConfig as Task; // Nothing else than its judge was wrong with it.
      onEvent({
        ...{ type: 'evaluator-unavailable', task: id, isPlayed: false },
        problem: toArpoEnvError(thrown).toJSON(),
      });
      throw thrown;
    }
  }

  #check(taskConfig: unknown): Task {
    const { judge, hasChrome = true, settings } = this.#options;
    return checkTask(taskConfig, { judge, hasChrome, unscorable: settings.unscorable });
  }

  #joinReset<T>(fingerprint: string, submit: () => Ticket<T>): Ticket<T> {
    const last = this.#lastReset;
    // The fingerprint names the operation with its body, and with them T.
    if (last?.fingerprint === fingerprint && last.ticket === this.#queue.last)
      return last.ticket as Ticket<T>;
    const ticket = submit();
    this.#lastReset = { fingerprint, ticket };
    return ticket;
  }

  async #run<T>(operation: Operation, work: (turn: Turn) => Promise<T>): Promise<T> {
    const started = performance.now();
    const report = (outcome: { outcome: 'ok' } | { outcome: ArpoEnvError['code']; error: ArpoEnvError }) =>
      this.#options.onEvent({
        ...{ type: 'operation', operation, durationMs: performance.now() - started },
        ...outcome,
      });
    // What has ended belongs to the episode before.
    if (operation === 'reset') this.#byKey.forgetEnded();
    try {
      const result = await work(this.#episodes);
      report({ outcome: 'ok' });
      return result;
    } catch (thrown) {
      const error = toArpoEnvError(thrown);
      report({ outcome: error.code, error });
      throw error;
    }
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
    this.#episodes.end();
    await rm(this.#options.folder, { recursive: true, force: true });
  }
}
