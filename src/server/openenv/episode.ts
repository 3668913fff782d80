/** One OpenEnv environment: an env of ours, spoken to in OpenEnv's terms. */
import { randomUUID } from 'node:crypto';
import { type ArpoEnv, toAction } from '../../arpo/arpo-env.js';
import { predictionToActions } from '../../arpo/prediction.js';
import type { Action } from '../../desktop/action.js';
import type { Caller, Observation } from '../../env/environment.js';
import type { Episode } from '../../env/episode.js';
import { ArpoEnvError } from '../../errors.js';
import type { ServerEnvSettings } from '../server-envs.js';
import type { OpenEnvAction, OpenEnvReset, OpenEnvState, Result } from './messages.js';

export class OpenEnvEpisode {
  readonly #env: ArpoEnv;
  readonly #settings: ServerEnvSettings;
  readonly #onBegun: (episode: Episode) => void;
  #id: string | null = null;
  #task: { id: string; instruction: string } | null = null;
  #episode: Episode | undefined;
  #steps = 0;

  /** `onBegun`: at each reset. */
  constructor(env: ArpoEnv, settings: ServerEnvSettings, onBegun: (episode: Episode) => void) {
    this.#env = env;
    this.#settings = settings;
    this.#onBegun = onBegun;
  }

  get state(): OpenEnvState {
    return {
      episode_id: this.#id,
      step_count: this.#steps,
      task_id: this.#task?.id ?? null,
      instruction: this.#task?.instruction ?? null,
      max_steps: this.#settings.maxSteps,
    };
  }

  /** Throws what the env does. */
  async reset({ task_config, episode_id }: OpenEnvReset, caller: Caller): Promise<Result> {
    this.#id = episode_id ?? randomUUID();
    const task = await this.#env.desktop.checked(task_config, (checked) => checked);
    this.#task = { id: task.id, instruction: task.instruction };
    this.#steps = 0;
    const observation = await this.#env.desktop.reset(task, caller);
    this.#episode = this.#env.desktop.episode;
    if (this.#episode !== undefined) this.#onBegun(this.#episode);
    return this.#result(observation, null, null);
  }

  /** The score comes with the action that ends the episode. Throws what the env does, E_NOT_READY before a reset. */
  async step(action: OpenEnvAction, caller: Caller): Promise<Result> {
    this.#requireOwnEpisode();
    const { actions, problem = null } = this.#actionsOf(action);
    const before = this.#env.status.lastProblem;
    const observation = await this.#env.desktop.act(actions, caller);
    this.#steps = observation.steps;
    const { lastProblem } = this.#env.status;
    const error = problem ?? (lastProblem === before ? null : (lastProblem?.message ?? null));
    const reward = observation.isDone ? await this.#env.evaluate(caller) : null;
    return this.#result(observation, reward, error);
  }

  /** What an earlier session or the trainer's protocol began on this env is not this session's to go on with. */
  #requireOwnEpisode(): void {
    if (this.#episode !== undefined && this.#episode === this.#env.desktop.episode) return;
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message: 'cannot step: this session has no episode',
      fix: 'reset it first, with a task_config',
    });
  }

  #actionsOf(action: OpenEnvAction): { actions: Action[]; problem?: string } {
    if ('code' in action) return { actions: [{ kind: 'code', source: action.code }] };
    if ('type' in action) return { actions: [{ kind: action.type }] };
    const { actions, problem } = predictionToActions(action.prediction, this.#settings);
    return { actions: actions.map(toAction), ...(problem === undefined ? {} : { problem }) };
  }

  #result({ screenshot, screen, isDone }: Observation, reward: number | null, error: string | null): Result {
    const observation = {
      screenshot: screenshot?.toString('base64') ?? null,
      width: screen.width,
      height: screen.height,
      instruction: this.#task?.instruction ?? '',
      task_id: this.#task?.id ?? '',
      last_error: error,
    };
    return { observation, reward, done: isDone };
  }
}
