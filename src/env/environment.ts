/** The contract of an RL environment: one episode at a time on one desktop, free of any agent's dialect and of HTTP. */
import type { Action } from '../desktop/action.js';
import type { Task } from '../desktop/task.js';

export interface Environment extends AsyncDisposable {
  /** Ends the running episode and begins one. */
  reset(task: Task, caller?: Caller): Promise<Observation>;
  /** Carries actions out, one after the other, as long as the episode is not over. */
  act(actions: readonly Action[], caller?: Caller): Promise<Observation>;
  /** Looks, without an action. */
  observe(caller?: Caller): Promise<Observation>;
  /** The episode's reward. */
  evaluate(caller?: Caller): Promise<number>;
}

/** What an agent sees, and what else is known. */
export interface Observation {
  /** The screen as the guest sent it, a PNG; null after the action that ended the episode: nobody looks at it. */
  screenshot: Buffer | null;
  /** The screen's size in pixels. */
  screen: { width: number; height: number };
  /** Actions carried out in this episode. */
  steps: number;
  isDone: boolean;
}

/** Who waits for an operation. */
export interface Caller {
  /** Aborts when nobody waits any more; its reason is what the operation rejects with. */
  signal?: AbortSignal | undefined;
  /** The same key with the same operation returns the first answer and acts once, as long as the episode lasts. */
  idempotencyKey?: string | undefined;
}
