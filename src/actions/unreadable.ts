/** A prediction that cannot be turned into actions. Never leaves this folder: it becomes DONE with format reward -1. */
export class UnreadablePrediction extends Error {
  override readonly name = 'UnreadablePrediction';
}

/** Text for a problem: one line, not too long. */
export function excerpt(source: string, at: number): string {
  return JSON.stringify(source.slice(at, at + 60));
}

/** What `read` gives, or null when it throws UnreadablePrediction. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadablePrediction) return null;
    throw error;
  }
}
