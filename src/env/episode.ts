/** One task on one desktop: what was done, and whether it is over. */
import type { Action } from '../desktop/action.js';
import type { Task } from '../desktop/task.js';

export class Episode {
  readonly task: Task;
  /** Host folder for what its setup and evaluation leave. */
  readonly folder: string;
  /** Everything that was carried out, in order. */
  readonly actions: Action[] = [];
  /** What ended it: the model's word, or the limit of actions. */
  ended: 'model' | 'max-steps' | null = null;

  constructor(task: Task, folder: string) {
    this.task = task;
    this.folder = folder;
  }

  get isDone(): boolean {
    return this.ended !== null;
  }
}
