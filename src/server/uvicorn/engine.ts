/** `--engine uvicorn`: the Python env server of a user's own repo, kept running, its output in our log. */
import { type ArpoEnvError, toArpoEnvError } from '../../errors.js';
import { reservePort } from '../../http/listen.js';
import { urlOf } from '../../lib/addresses.js';
import { doubling } from '../../lib/retry.js';
import { deferred, type Sleep, sleep } from '../../lib/wait.js';
import type { Registration } from '../../runs/registry.js';
import { type UvicornOptions, UvicornRun } from './process.js';
import { engineError, findRepoPython } from './python.js';

export interface UvicornEngineOptions extends Omit<UvicornOptions, 'python'> {
  /** Cancels the search for the repo's Python. */
  signal: AbortSignal;
  sleep?: Sleep;
}

/** Told of each new process: whoever reads the entry can end it when this process was killed. */
export type ProcessRecord = Pick<Registration<'server'>, 'update'>;

/** Importing OSWorld and its evaluators takes minutes on a cold disk. */
const READY_DEADLINE_MS = 300_000;
/** A run that lasted this long was a good one: the count of failures starts again. */
const STABLE_MS = 60_000;
/** With waits of 1, 2, 4, 8, 16 and 30 s. */
const MAX_RESTARTS = 6;
const restartDelayMs = doubling(1000, 30_000);

/** Finds the repo's Python and a port; nothing runs yet. Throws E_ENGINE or E_PORT_IN_USE. */
export async function prepareUvicornEngine(options: UvicornEngineOptions): Promise<UvicornEngine> {
  const python = await findRepoPython(options.repo, options.app, options.signal);
  if (python.warning) options.logger.warn(python.warning);
  const port = await reservePort(options);
  return new UvicornEngine({ ...options, python, port });
}

/** A Python server that is kept running. Disposing ends it and all it started. */
export class UvicornEngine implements AsyncDisposable {
  readonly url: URL;
  readonly #options: UvicornOptions & Pick<UvicornEngineOptions, 'sleep'>;
  readonly #failed = deferred<ArpoEnvError>();
  readonly #stopping = new AbortController();
  #run: UvicornRun | undefined;
  #supervision: Promise<void> | undefined;

  constructor(options: UvicornOptions & Pick<UvicornEngineOptions, 'sleep'>) {
    this.#options = options;
    this.url = urlOf(options.host, options.port);
  }

  /** Resolves with the reason when it was given up; never rejects, and never resolves after dispose. */
  get failed(): Promise<ArpoEnvError> {
    return this.#failed.promise;
  }

  /**
   * Resolves when it answers `/health` or `/docs`. Throws E_ENGINE; nothing of it is left then. The first start's failure is
   * thrown, since a restart would only repeat it.
   */
  async start(record: ProcessRecord, signal: AbortSignal): Promise<void> {
    try {
      const run = await this.#launch(record, signal);
      this.#supervision = this.#supervise(run, record);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#run?.[Symbol.asyncDispose]();
    await this.#supervision;
  }

  async #launch(record: ProcessRecord, signal: AbortSignal): Promise<UvicornRun> {
    signal.throwIfAborted();
    const run = new UvicornRun(this.#options);
    this.#run = run;
    await record.update({ helper: await run.leader });
    await run.untilReady(READY_DEADLINE_MS, signal);
    return run;
  }

  async #supervise(first: UvicornRun, record: ProcessRecord): Promise<void> {
    const { signal } = this.#stopping;
    let reason = await this.#lifeOf(first);
    for (let failures = 1; !signal.aborted; failures += 1) {
      if (failures > MAX_RESTARTS) return this.#failed.resolve(reason);
      try {
        await this.#waitBeforeRestart(failures, reason);
        const run = await this.#launch(record, signal);
        const since = performance.now();
        reason = await this.#lifeOf(run);
        if (performance.now() - since >= STABLE_MS) failures = 0;
      } catch (error) {
        reason = toArpoEnvError(error);
      }
    }
  }

  /** Resolves when the run has ended and nothing of its group is left. */
  async #lifeOf(run: UvicornRun): Promise<ArpoEnvError> {
    const how = await run.ended;
    await run[Symbol.asyncDispose]();
    return engineError(`the Python env server ended (${how})`, 'see its output with `arpo-env logs server`');
  }

  async #waitBeforeRestart(failures: number, reason: ArpoEnvError): Promise<void> {
    const delayMs = restartDelayMs(failures);
    this.#options.logger.warn(
      { restart: failures, of: MAX_RESTARTS },
      `${reason.message}; starting it again in ${delayMs / 1000} s (${failures} of ${MAX_RESTARTS})`,
    );
    await (this.#options.sleep ?? sleep)(delayMs, this.#stopping.signal);
  }
}
