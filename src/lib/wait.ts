/** Waits with an end: what Node 20 lacks of promises, deadlines and aborts that leave no timer or listener behind. */

/** A promise with its two ends outside. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(error: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => undefined;
  let reject: Deferred<T>['reject'] = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Runs `react` when `signal` aborts, at once if it has; disposing takes the listener away. Without a signal nothing happens. */
export function onAbort(signal: AbortSignal | undefined, react: (reason: unknown) => void): Disposable {
  if (!signal) return { [Symbol.dispose]: () => undefined };
  const listener = () => react(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

export interface SettleLimits {
  /** Each rejects the promise with its reason. */
  signals: readonly AbortSignal[];
  /** Rejects the promise after so many milliseconds. Default: never. */
  timeoutMs?: number | undefined;
}

/** A callback as a promise with limits; what `start` began must be ended by whoever began it. */
export async function settle<T>(
  { signals, timeoutMs }: SettleLimits,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  const { promise, resolve, reject } = deferred<T>();
  const listeners = signals.map((signal) => onAbort(signal, reject));
  const late = () => reject(new Error(`no answer within ${(timeoutMs ?? 0) / 1000} s`));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  try {
    try {
      start(resolve, reject);
    } catch (error) {
      reject(error);
    }
    return await promise;
  } finally {
    clearTimeout(timer);
    for (const listener of listeners) listener[Symbol.dispose]();
  }
}

/** Waits for `promise`, or throws the signal's reason; the work behind the promise goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const aborted = deferred<never>();
  using _listener = onAbort(signal, aborted.reject);
  return await Promise.race([promise, aborted.promise]);
}

/** Never resolves; throws the signal's reason when it aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return settle<never>({ signals: [signal] }, () => undefined);
}

/** Runs `work` under a signal that follows `parent` and aborts with `reason()` after `ms`. */
export async function withDeadline<T>(
  parent: AbortSignal,
  ms: number,
  reason: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  using _listener = onAbort(parent, (why) => controller.abort(why));
  const timer = setTimeout(() => controller.abort(reason()), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms` milliseconds; throws the signal's reason when it aborts before. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** As `Sleep`; of several signals the first that aborts ends the wait. */
export async function sleep(ms: number, signals: AbortSignal | readonly AbortSignal[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await settle<void>({ signals: [signals].flat() }, (resolve) => {
      timer = setTimeout(resolve, ms);
    });
  } finally {
    clearTimeout(timer);
  }
}
