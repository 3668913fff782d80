/** One task on one desktop: what was said, what was done, and whether it is over. */
import { addBoxToken, SYSTEM_MESSAGE, uiTarsPrompt } from '../actions/index.js';
import type { Task } from '../desktop/task.js';
import { History } from './history.js';

export class Episode {
  readonly task: Task;
  /** Host folder for what its setup and evaluation leave. */
  readonly episodeDir: string;
  readonly history = new History();
  /** Everything that `step` carried out, as evaluators see it: Python source, WAIT, DONE or FAIL. */
  readonly actionHistory: string[] = [];
  isDone = false;

  /** Begins with the three messages of env-protocol.md §3: system, prompt, first screenshot. */
  constructor(task: Task, episodeDir: string, screenshot: Buffer) {
    this.task = task;
    this.episodeDir = episodeDir;
    this.history.appendText('system', SYSTEM_MESSAGE);
    this.history.appendText('user', uiTarsPrompt(task.instruction));
    this.history.appendImage(screenshot);
  }

  /** What the model said, with the box tokens that the tokenizer had stripped. */
  appendPrediction(prediction: string): void {
    this.history.appendText('assistant', addBoxToken(prediction));
  }
}
