/** What the env layer tells whoever watches it (logs, metrics). It knows nothing of either. */
import type { ArpoEnvError, ErrorCode, Problem } from '../errors.js';

export type Operation = 'reset' | 'step' | 'evaluate';

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
  | { type: 'reset-attempt-failed'; attempt: number; attempts: number; error: ArpoEnvError }
  /** The env takes another desktop instead. */
  | { type: 'restore-failed'; desktop: string; error: ArpoEnvError }
  | { type: 'setup-progress'; text: string }
  /** The task can be played; `evaluate` will answer 501. */
  | { type: 'evaluator-unavailable'; task: string; problem: Problem }
  | { type: 'prediction-unparsed'; problem: string }
  /** The desktop could not carry out what the model said, or wrote to stderr doing it; the episode goes on. */
  | { type: 'action-problem'; failed: boolean; problem: Problem }
  | { type: 'episode-ended'; steps: number; why: 'model' | 'max-steps' }
  | { type: 'episode-scored'; reward: number }
  /** `evaluateErrors: 'zero'` turned an error into reward 0.0. */
  | { type: 'evaluate-zeroed'; error: ArpoEnvError };

/** What happens to desktops, whichever env they are for. */
export type DesktopEvent =
  | {
      type: 'boot';
      outcome: 'ready' | 'failed' | 'cancelled';
      durationMs: number;
      desktop?: string;
      /** Where a person watches it. */
      watch?: URL;
      error?: ArpoEnvError;
    }
  /** The desktop ended in its boot; the provider learnt from it, and another one boots in its place. */
  | { type: 'boot-again'; desktop: string; error: ArpoEnvError }
  | { type: 'desktop-stopped'; desktop?: string; error?: ArpoEnvError };

export type FleetEvent = (EnvEvent & { env: number }) | DesktopEvent;
