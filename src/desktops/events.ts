/** What the supply of desktops tells whoever watches it (logs, metrics). It knows nothing of either. */
import type { ArpoEnvError } from '../errors.js';

/** What happens to desktops, whoever they are for. Durations in milliseconds. */
export type DesktopEvent =
  | {
      type: 'boot';
      outcome: 'ready' | 'failed' | 'cancelled';
      durationMs: number;
      desktop?: string;
      /** Where a person watches it. */
      watch?: URL;
      /** Whether Chrome's CDP answered as well. */
      chromeCdp?: boolean;
      error?: ArpoEnvError;
    }
  /** The desktop ended in its boot; the provider learnt from it, and another one boots in its place. */
  | { type: 'boot-again'; desktop: string; error: ArpoEnvError }
  | { type: 'desktop-stopped'; desktop?: string; error?: ArpoEnvError };

/** What happens to a desktop in somebody's hands: they take another one instead. */
export interface RestoreFailed {
  type: 'restore-failed';
  desktop: string;
  error: ArpoEnvError;
}
