/**
 * An environment as ARPO's trainer has it: what a UI-TARS model says becomes actions, and what comes of them the next
 * message of a conversation.
 */
import type { Action } from '../desktop/action.js';
import type { Task } from '../desktop/task.js';
import type { Env, EnvStatus, Turn } from '../env/env.js';
import type { Caller } from '../env/environment.js';
import type { Episode } from '../env/episode.js';
import { ArpoEnvError } from '../errors.js';
import { addBoxToken } from './box-token.js';
import { Conversation, type WireHistory } from './conversation.js';
import type { ModelSettings } from './models.js';
import { type Pace, typingMs } from './pace.js';
import { type DialectName, predictionToActions } from './prediction.js';
import { SYSTEM_MESSAGE, uiTarsPrompt } from './prompt.js';

/** What reset and step answer. */
export interface StepOutcome {
  /** The episode's messages; null when it is over (the trainer depends on null). */
  history: WireHistory | null;
  isDone: boolean;
  /** -1 when the prediction could not be parsed. */
  formatReward: 0 | -1;
}

export interface ArpoSettings extends ModelSettings {
  /** How fast is typed. Default `reference`. */
  pace?: Pace | undefined;
  /** How predictions are read; see `deviations.md`. */
  dialect: DialectName;
  /** Size of the desktop's screen in pixels. */
  screen: { width: number; height: number };
}

/** Beside those of the env. */
export type ArpoEvent = { type: 'prediction-unparsed'; problem: string };

export interface ArpoEnvOptions {
  env: Env;
  settings: ArpoSettings;
  onEvent: (event: ArpoEvent) => void;
}

const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Disposing it disposes the env. */
export class ArpoEnv implements AsyncDisposable {
  readonly #options: ArpoEnvOptions;
  readonly #env: Env;
  readonly #conversations = new WeakMap<Episode, Conversation>();

  constructor(options: ArpoEnvOptions) {
    this.#options = options;
    this.#env = options.env;
  }

  get index(): number {
    return this.#env.index;
  }

  /** The same, free of any dialect. An episode that begins there has no conversation here. */
  get desktop(): Env {
    return this.#env;
  }

  get status(): EnvStatus {
    return this.#env.status;
  }

  /** Begins an episode, as `Env.reset` does, with the three messages of env-protocol.md §3: system, prompt, screenshot. */
  async reset(taskConfig: unknown, caller?: Caller): Promise<StepOutcome> {
    const body = { task_config: taskConfig };
    return this.#env.checked(taskConfig, (task) =>
      this.#env.operate({ operation: 'reset', body, caller }, (turn) => this.#reset(task, turn)),
    );
  }

  /** Carries out what the model said, as `Env.act` does; without an episode a trainer would learn from a history without prompt. */
  async step(prediction: string, caller?: Caller): Promise<StepOutcome> {
    // No text is made of them: Python cannot encode one, and the original answered 500.
    const text = prediction.replace(LONE_SURROGATES, '\uFFFD');
    const body = { prediction: text };
    return this.#env.operate({ operation: 'step', body, caller }, (turn) => this.#step(text, turn));
  }

  /** The episode's reward. */
  evaluate(caller?: Caller): Promise<number> {
    return this.#env.evaluate(caller);
  }

  /** The running episode's messages as they are now; empty when there is none. */
  history(): WireHistory {
    const { episode } = this.#env;
    const conversation = episode && this.#conversations.get(episode);
    return conversation?.answer() ?? { messages: [], newFrom: 0 };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#env[Symbol.asyncDispose]();
  }

  async #reset(task: Task, turn: Turn): Promise<StepOutcome> {
    const { screenshot } = await turn.reset(task);
    const conversation = new Conversation();
    conversation.appendText('system', SYSTEM_MESSAGE);
    conversation.appendText('user', uiTarsPrompt(task.instruction));
    if (screenshot) await conversation.appendImage(screenshot);
    this.#conversations.set(turn.runningFor('reset'), conversation);
    return { history: conversation.answer(), isDone: false, formatReward: 0 };
  }

  async #step(prediction: string, turn: Turn): Promise<StepOutcome> {
    const { settings, onEvent } = this.#options;
    const conversation = this.#conversationOf(turn.runningFor('step'));
    const { actions, formatReward, problem } = predictionToActions(prediction, settings);
    if (problem !== undefined) onEvent({ type: 'prediction-unparsed', problem });
    const { screenshot } = await turn.act(actions.map(toAction));
    conversation.appendText('assistant', addBoxToken(prediction));
    if (screenshot === null) return { history: null, isDone: true, formatReward };
    await conversation.appendImage(screenshot);
    return { history: conversation.answer(), isDone: false, formatReward };
  }

  #conversationOf(episode: Episode): Conversation {
    const conversation = this.#conversations.get(episode);
    if (conversation) return conversation;
    throw new ArpoEnvError({
      code: 'E_NOT_READY',
      message: 'this episode was begun without a conversation, over OpenEnv, and goes on there',
      fix: 'reset the env first, with a task_config',
    });
  }
}

const WORDS: ReadonlyMap<string, Action> = new Map([
  ['WAIT', { kind: 'wait' }],
  ['DONE', { kind: 'done' }],
  ['FAIL', { kind: 'fail' }],
]);

/** From OSWorld's words, in which the dialects speak, to what the env carries out. */
export function toAction(text: string): Action {
  const typing = typingMs(text);
  return WORDS.get(text) ?? { kind: 'code', source: text, ...(typing > 0 ? { typingMs: typing } : {}) };
}
