/**
 * One env's episodes, one after another on the desktop that it holds. Whoever calls has the env to themselves: `Env`
 * puts everybody in a queue.
 */
import type { Action } from '../desktop/action.js';
import type { Task } from '../desktop/task.js';
import type { BootStatus } from '../desktops/boot.js';
import { HeldDesktop } from '../desktops/held-desktop.js';
import type { DesktopSupply } from '../desktops/supply.js';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../errors.js';
import type { Judge } from '../evaluators/judge.js';
import { type ActContext, performActions } from './act.js';
import type { Observation } from './environment.js';
import type { Episode } from './episode.js';
import type { EnvEvent, EnvState, Operation } from './events.js';
import { beginEpisode } from './reset.js';
import { isDesktopLost, scoreEpisode } from './score.js';
import type { EnvSettings } from './settings.js';

export interface EpisodesOptions {
  /** Of the env, for messages: `env 0`. */
  name: string;
  settings: EnvSettings;
  supply: DesktopSupply;
  judge: Judge;
  /** Host folder that is this env's own; emptied by every reset. */
  folder: string;
  /** Ends whatever runs. */
  signal: AbortSignal;
  onEvent: (event: EnvEvent) => void;
}

export interface EpisodesStatus {
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
  /** What ended the episode. */
  ended: Episode['ended'];
  /** Why the env is `failed`. */
  failure: Problem | null;
  /** The last action that the desktop could not carry out in this episode. */
  lastProblem: Problem | null;
}

export class Episodes {
  readonly #options: EpisodesOptions;
  readonly #desktop: HeldDesktop;
  #state: EnvState = 'idle';
  #stateSince = performance.now();
  #running: Episode | undefined;
  #failure: Problem | null = null;
  #lastProblem: Problem | null = null;
  /** The newest screenshot of the running episode. */
  #shown: Buffer | null = null;

  constructor(options: EpisodesOptions) {
    this.#options = options;
    this.#desktop = new HeldDesktop({
      supply: options.supply,
      readyTimeoutMs: options.settings.readyTimeoutMs,
      onState: (state) => this.#enter(state),
      onEvent: (event) => this.#emit(event),
    });
  }

  get status(): EpisodesStatus {
    return {
      state: this.#state,
      elapsedMs: Math.round(performance.now() - this.#stateSince),
      boot: this.#desktop.bootStatus,
      desktop: this.#desktop.id,
      watch: this.#desktop.watch,
      task: this.#running?.task.id ?? null,
      steps: this.#running?.actions.length ?? 0,
      isDone: this.#running?.isDone ?? false,
      ended: this.#running?.ended ?? null,
      failure: this.#failure,
      lastProblem: this.#lastProblem,
    };
  }

  /** The running episode, which stays it after its last action; undefined before a reset and when the env has failed. */
  get running(): Episode | undefined {
    return this.#running;
  }

  /** Throws E_NOT_READY, naming what cannot be done, when there is no episode. */
  runningFor(operation: Operation): Episode {
    if (this.#running) return this.#running;
    const { name } = this.#options;
    const why = this.#failure ? `${name} has failed: ${this.#failure.message}` : `${name} has no episode yet`;
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message: `cannot ${operation}: ${why}`,
      fix: 'reset the env first, with a task_config',
    });
  }

  async reset(task: Task): Promise<Observation> {
    this.#running = undefined;
    this.#failure = null;
    this.#lastProblem = null;
    const { settings, judge, folder, signal } = this.#options;
    try {
      const { episode, screenshot } = await beginEpisode(task, {
        ...{ desktop: this.#desktop, judge, settings, folder, signal },
        onState: (state) => this.#enter(state),
        onEvent: (event) => this.#emit(event),
      });
      this.#running = episode;
      this.#enter('ready');
      return this.#observation(episode, screenshot);
    } catch (error) {
      throw this.#fail(toArpoEnvError(error));
    }
  }

  /**
   * Carries actions out and looks, unless one of them ended the episode. Throws E_AGENT_* when the desktop is lost; the
   * env is `failed` then.
   */
  async act(actions: readonly Action[]): Promise<Observation> {
    return this.#onDesktop(this.runningFor('step'), async (episode, context) => {
      const picture = await performActions(actions, episode, context);
      if (episode.isDone) return null;
      return picture ?? (await takePicture(context));
    });
  }

  async observe(): Promise<Observation> {
    return this.#onDesktop(this.runningFor('observe'), (_episode, context) => takePicture(context));
  }

  async evaluate(): Promise<number> {
    const episode = this.runningFor('evaluate');
    const { settings, judge, signal } = this.#options;
    this.#enter('evaluating');
    try {
      const lease = await this.#desktop.resume(signal);
      const reward = await scoreEpisode(episode, {
        ...{ judge, lease, settings, signal },
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

  /** Gives the desktop back. */
  end(): void {
    this.#desktop.discard();
  }

  /** The desktop runs only as long as something is done on it. */
  async #onDesktop(
    episode: Episode,
    work: (episode: Episode, context: ActContext) => Promise<Buffer | null>,
  ): Promise<Observation> {
    const { settings, signal } = this.#options;
    this.#enter('stepping');
    try {
      const { agent } = await this.#desktop.resume(signal);
      const onEvent = (event: EnvEvent) => this.#emit(event);
      const screenshot = await work(episode, { agent, settings, before: this.#shown, signal, onEvent });
      await this.#desktop.pause(signal);
      this.#enter('ready');
      return this.#observation(episode, screenshot);
    } catch (error) {
      throw this.#fail(await this.#desktop.named(toArpoEnvError(error)));
    }
  }

  #observation({ actions, isDone }: Episode, screenshot: Buffer | null): Observation {
    this.#shown = screenshot;
    return { screenshot, screen: this.#options.settings.screen, steps: actions.length, isDone };
  }

  #fail(error: ArpoEnvError): ArpoEnvError {
    this.#running = undefined;
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
}

function takePicture({ agent, signal, settings: { screen } }: ActContext): Promise<Buffer> {
  return agent.screenshot({ signal, screen });
}
