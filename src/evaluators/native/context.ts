/** What an evaluation works on. */
import type { SetupContext } from '../../desktop/setup/run-setup.js';
import type { Sleep } from '../../lib/wait.js';

export interface EvaluationContext extends SetupContext {
  /** What the agent did in this episode, in order; the literal `FAIL` is its word for an infeasible task. */
  actionHistory: readonly string[];
  /** Waits. Default: by the clock. */
  sleep?: Sleep;
}
