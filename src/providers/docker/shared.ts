/** Work that is done once for everybody who needs it: a success is kept, a failure is forgotten. */
export class Shared<T> {
  readonly #run: () => Promise<T>;
  #result: Promise<T> | undefined;

  constructor(run: () => Promise<T>) {
    this.#run = run;
  }

  /** The signal ends this wait alone, with its reason; the work goes on for the others. */
  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#result ??= this.#run().catch((error: unknown) => {
      this.#result = undefined;
      throw error;
    });
    const work = this.#result;
    return new Promise<T>((resolve, reject) => {
      const cancel = () => reject(signal.reason);
      signal.addEventListener('abort', cancel, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
    });
  }
}
