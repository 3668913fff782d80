/** A callback as a promise with limits. A tunnel lives for weeks, so no timer and no listener outlasts the wait. */

export interface Limits {
  /** Each rejects the promise with its reason. */
  signals: readonly AbortSignal[];
  /** Rejects the promise after so many milliseconds. Default: never. */
  timeoutMs?: number;
}

export async function settle<T>(
  { signals, timeoutMs }: Limits,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  const undo: (() => void)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      for (const signal of signals) {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        undo.push(() => signal.removeEventListener('abort', onAbort));
      }
      if (timeoutMs !== undefined) {
        const timer = setTimeout(
          () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)),
          timeoutMs,
        );
        undo.push(() => clearTimeout(timer));
      }
      start(resolve, reject);
    });
  } finally {
    for (const step of undo) step();
  }
}

/** Resolves after `ms` milliseconds; throws the reason of the first signal that aborts. */
export async function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await settle<void>({ signals }, (resolve) => {
      timer = setTimeout(resolve, ms);
    });
  } finally {
    clearTimeout(timer);
  }
}
