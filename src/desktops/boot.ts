/** One desktop from the provider's `start` until it is ready, within one budget; disposing it cancels or stops it. */
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import type { Desktop, DesktopProvider } from '../providers/provider.js';
import type { DesktopEvent } from './events.js';
import { ReadyRule } from './ready-rule.js';

/** What `/health` shows of a boot. */
export interface BootStatus {
  /** What the machine does now, e.g. `pulling image`, `kernel`, `awaiting the guest agent`. */
  phase: string;
  /** The last line of its boot log or a figure. */
  detail: string | null;
  /** Why it is slow, with the fix; null when it is not. */
  slowBecause: string | null;
  screenshot: boolean;
  chromeCdp: boolean;
  /** Milliseconds since the boot began, and how many it may take. */
  elapsedMs: number;
  budgetMs: number;
}

export interface BootOptions {
  provider: DesktopProvider;
  /** Milliseconds from `start` until ready. */
  budgetMs: number;
  /** Somebody chose it: it holds also where the provider's desktops turn out to be slow. Default false. */
  isBudgetFixed?: boolean | undefined;
  /** What makes a desktop ready. Default: by `auto`, with nothing learnt. */
  readyRule?: ReadyRule | undefined;
  onEvent: (event: DesktopEvent) => void;
}

export class Boot implements AsyncDisposable {
  /** The ready desktop. Rejects with E_BOOT_FAILED, the provider's own error, or E_INTERRUPTED after dispose. */
  readonly ready: Promise<Desktop>;
  readonly #options: BootOptions;
  readonly #started = performance.now();
  readonly #cancellation = new AbortController();
  #progress = {
    phase: 'starting',
    detail: null as string | null,
    slowBecause: null as string | null,
    screenshot: false,
    chromeCdp: false,
  };
  #budgetMs: number;
  #tookMs: number | undefined;
  #isReady = false;
  #desktop: Desktop | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: BootOptions) {
    this.#options = options;
    this.#budgetMs = options.budgetMs;
    this.ready = this.#run();
    // A desktop that boots ahead may fail before anybody waits for it; whoever takes it gets the error.
    this.ready.catch(() => undefined);
  }

  get status(): BootStatus {
    const elapsedMs = Math.round(this.#tookMs ?? performance.now() - this.#started);
    return { ...this.#progress, elapsedMs, budgetMs: this.#budgetMs };
  }

  /** True from ready until it is stopped. */
  get isReady(): boolean {
    return this.#isReady && this.#stopped === undefined;
  }

  /** Known as soon as the provider has made the machine. */
  get desktopId(): string | undefined {
    return this.#desktop?.id;
  }

  /** Stops the desktop, at any point of its boot. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #run(): Promise<Desktop> {
    const { onEvent } = this.#options;
    try {
      const desktop = await this.#boot();
      this.#tookMs = performance.now() - this.#started;
      this.#progress.phase = 'ready';
      this.#isReady = true;
      onEvent({
        type: 'boot',
        outcome: 'ready',
        durationMs: this.#tookMs,
        desktop: desktop.id,
        ...(desktop.endpoints.watch === null ? {} : { watch: desktop.endpoints.watch }),
        chromeCdp: this.#progress.chromeCdp,
      });
      return desktop;
    } catch (thrown) {
      this.#tookMs = performance.now() - this.#started;
      this.#progress.phase = 'failed';
      const error = toArpoEnvError(thrown);
      const outcome = error.code === 'E_INTERRUPTED' ? 'cancelled' : 'failed';
      onEvent({ type: 'boot', outcome, durationMs: this.#tookMs, error });
      throw error;
    }
  }

  /** A desktop that ends before it is ready is followed by another as long as the provider learns from it. */
  async #boot(): Promise<Desktop> {
    const { provider, onEvent } = this.#options;
    for (;;) {
      const desktop = await this.#start();
      try {
        await this.#awaitReady(desktop);
        return desktop;
      } catch (error) {
        if (this.#cancellation.signal.aborted || !desktop.gone?.aborted) throw error;
        if (!(await provider.learnFrom?.(desktop))) throw error;
        onEvent({ type: 'boot-again', desktop: desktop.id, error: toArpoEnvError(error) });
        Object.assign(this.#progress, { phase: 'starting again', detail: toArpoEnvError(error).message });
        await desktop[Symbol.asyncDispose]();
      }
    }
  }

  async #start(): Promise<Desktop> {
    const deadline = setTimeout(() => this.#cancellation.abort(this.#startTooSlow()), this.#leftMs);
    try {
      this.#desktop = await this.#options.provider.start({
        signal: this.#cancellation.signal,
        onProgress: ({ phase, detail = null }) => {
          if (this.#tookMs === undefined) Object.assign(this.#progress, { phase, detail });
        },
      });
    } finally {
      clearTimeout(deadline);
    }
    const { slowness = null } = this.#desktop;
    this.#progress.slowBecause = slowness?.because ?? null;
    if (slowness && !this.#options.isBudgetFixed)
      this.#budgetMs = Math.max(this.#budgetMs, slowness.budgetMs);
    return this.#desktop;
  }

  async #awaitReady(desktop: Desktop): Promise<void> {
    const { signal } = this.#cancellation;
    const { readyRule = new ReadyRule('auto') } = this.#options;
    this.#progress.phase = readyRule.phase;
    await readyRule.await(desktop.endpoints, {
      budgetMs: this.#leftMs,
      signal: desktop.gone ? AbortSignal.any([signal, desktop.gone]) : signal,
      phase: () => this.#progress.phase,
      slowBecause: this.#progress.slowBecause,
      onProgress: ({ screenshot, chromeCdp }) => Object.assign(this.#progress, { screenshot, chromeCdp }),
      logs: (tail) => desktop.logs(tail),
    });
  }

  get #leftMs(): number {
    return Math.max(this.#budgetMs - (performance.now() - this.#started), 1);
  }

  async #stop(): Promise<void> {
    this.#cancellation.abort(
      new ArpoEnvError({
        code: 'E_INTERRUPTED',
        message: 'the boot was cancelled',
        fix: 'reset the env again',
      }),
    );
    await this.ready.catch(() => undefined);
    await this.#desktop?.[Symbol.asyncDispose]();
  }

  #startTooSlow(): ArpoEnvError {
    const { provider } = this.#options;
    const { phase, detail } = this.#progress;
    return new ArpoEnvError({
      code: 'E_BOOT_FAILED',
      message: `provider ${provider.name} had not started a desktop after ${Math.round(this.#budgetMs / 1000)}s; it was at: ${phase}${detail ? ` (${detail})` : ''}`,
      fix: 'give it more time with --ready-timeout 1h, or see `arpo-env logs`',
    });
  }
}
