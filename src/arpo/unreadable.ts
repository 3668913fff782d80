/** Predictions that cannot be turned into actions. */
import { SourceError } from '../python/source-error.js';

/** Never leaves this folder: it becomes DONE with format reward -1. */
export class UnreadablePrediction extends Error {
  override readonly name = 'UnreadablePrediction';
}

/** Whether the prediction is to blame: it lacks what an action needs, or what stands in it is not Python. */
export function isUnreadable(error: unknown): error is UnreadablePrediction | SourceError {
  return error instanceof UnreadablePrediction || error instanceof SourceError;
}

/** What `read` gives, or null when the prediction cannot be read. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
