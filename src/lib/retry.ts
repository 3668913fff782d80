/** Bounded retries: some attempts, a wait between them that an abort cuts short, and at the end the last error. */
import { type Sleep, sleep } from './wait.js';

export interface RetryOptions {
  /** How often the operation is tried in all; at least 1. */
  attempts: number;
  /** Milliseconds to wait after failed attempt 1, 2, … */
  delayMs: (attempt: number) => number;
  /** Ends the wait; its reason is thrown. */
  signal: AbortSignal;
  /** Whether another attempt may help. Default: always. */
  isRetryable?: (error: unknown) => boolean;
  /** Whether the failed attempt got further than the one before: then counting starts again. Default: never. */
  gotFurther?: () => Promise<boolean>;
  /** Called before the wait that follows failed attempt 1, 2, … */
  onRetry?: (error: unknown, attempt: number) => void;
  sleep?: Sleep;
}

export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { attempts, delayMs, signal, isRetryable = () => true, gotFurther, onRetry } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      if ((await gotFurther?.()) === true) attempt = 1;
      if (attempt >= attempts) throw error;
      onRetry?.(error, attempt);
      await (options.sleep ?? sleep)(delayMs(attempt), signal);
    }
  }
}

/** 1 s, 2 s, 4 s … after attempt 1, 2, 3 …, never over `maxMs`. */
export function doubling(firstMs: number, maxMs: number): (attempt: number) => number {
  return (attempt) => Math.min(firstMs * 2 ** (attempt - 1), maxMs);
}
