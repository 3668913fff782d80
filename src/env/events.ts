/** What the env layer tells whoever watches it (logs, metrics). It knows nothing of either. */
import type { RestoreFailed } from '../desktops/events.js';
import type { ArpoEnvError, ErrorCode, Problem } from '../errors.js';

export type Operation = 'reset' | 'step' | 'observe' | 'evaluate';

export type EnvState =
  | 'idle'
  | 'booting'
  | 'restoring'
  | 'setup'
  | 'ready'
  | 'stepping'
  | 'evaluating'
  | 'failed';

/** What happens in one env. Durations in milliseconds. */
export type EnvEvent =
  | { type: 'state'; state: EnvState }
  | {
      type: 'operation';
      operation: Operation;
      outcome: 'ok' | ErrorCode;
      durationMs: number;
      error?: ArpoEnvError;
    }
  /** `isLast`: the operation fails with it, and says so itself. */
  | { type: 'reset-attempt-failed'; attempt: number; attempts: number; isLast: boolean; error: ArpoEnvError }
  | RestoreFailed
  | { type: 'setup-progress'; text: string }
  /** Nobody can score the task here: it was refused, or is played, and `evaluate` will answer 501. */
  | { type: 'evaluator-unavailable'; task: string; isPlayed: boolean; problem: Problem }
  /** The desktop could not carry out an action, or wrote to stderr doing it; the episode goes on. */
  | { type: 'action-problem'; failed: boolean; problem: Problem }
  | { type: 'episode-ended'; steps: number; why: 'model' | 'max-steps' }
  | { type: 'episode-scored'; reward: number }
  /** `evaluateErrors: 'zero'` turned an error into reward 0.0. */
  | { type: 'evaluate-zeroed'; error: ArpoEnvError };
