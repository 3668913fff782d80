/** One desktop from the provider's `start` until it is ready, within one budget; disposing it cancels or stops it. */
import { waitUntilReady } from '../desktop/readiness.js';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import type { Desktop, DesktopProvider } from '../providers/provider.js';
import type { DesktopEvent } from './events.js';

/** What `/health` shows of a boot. */
export interface BootStatus {
  /** What the machine does now, e.g. `pulling image`, `kernel`, `awaiting the guest agent`. */
  phase: string;
  /** The last line of its boot log or a figure. */
  detail: string | null;
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
  onEvent: (event: DesktopEvent) => void;
}

export class Boot implements AsyncDisposable {
  /** The ready desktop. Rejects with E_BOOT_FAILED, the provider's own error, or E_INTERRUPTED after dispose. */
  readonly ready: Promise<Desktop>;
  readonly #options: BootOptions;
  readonly #started = performance.now();
  readonly #cancellation = new AbortController();
  #progress = { phase: 'starting', detail: null as string | null, screenshot: false, chromeCdp: false };
  #tookMs: number | undefined;
  #isReady = false;
  #desktop: Desktop | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: BootOptions) {
    this.#options = options;
    this.ready = this.#run();
    // A desktop that boots ahead may fail before anybody waits for it; whoever takes it gets the error.
    this.ready.catch(() => undefined);
  }

  get status(): BootStatus {
    const elapsedMs = Math.round(this.#tookMs ?? performance.now() - this.#started);
    return { ...this.#progress, elapsedMs, budgetMs: this.#options.budgetMs };
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
    const { provider, budgetMs, onEvent } = this.#options;
    const deadline = setTimeout(() => this.#cancellation.abort(this.#startTooSlow()), budgetMs);
    try {
      const { signal } = this.#cancellation;
      this.#desktop = await provider.start({
        signal,
        onProgress: ({ phase, detail = null }) => {
          if (this.#tookMs === undefined) Object.assign(this.#progress, { phase, detail });
        },
      });
      clearTimeout(deadline);
      const desktop = this.#desktop;
      this.#progress.phase = 'awaiting screenshot and Chrome CDP';
      await waitUntilReady(desktop.endpoints, {
        budgetMs: Math.max(budgetMs - (performance.now() - this.#started), 1),
        signal: desktop.gone ? AbortSignal.any([signal, desktop.gone]) : signal,
        phase: () => this.#progress.phase,
        slowBecause: desktop.slowBecause ?? null,
        onProgress: ({ screenshot, chromeCdp }) => Object.assign(this.#progress, { screenshot, chromeCdp }),
        logs: (tail) => desktop.logs(tail),
      });
      this.#tookMs = performance.now() - this.#started;
      this.#progress.phase = 'ready';
      this.#isReady = true;
      onEvent({
        type: 'boot',
        outcome: 'ready',
        durationMs: this.#tookMs,
        desktop: desktop.id,
        watch: desktop.endpoints.vnc,
      });
      return desktop;
    } catch (thrown) {
      this.#tookMs = performance.now() - this.#started;
      this.#progress.phase = 'failed';
      const error = toArpoEnvError(thrown);
      const outcome = error.code === 'E_INTERRUPTED' ? 'cancelled' : 'failed';
      onEvent({ type: 'boot', outcome, durationMs: this.#tookMs, error });
      throw error;
    } finally {
      clearTimeout(deadline);
    }
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
    const { provider, budgetMs } = this.#options;
    const { phase, detail } = this.#progress;
    return new ArpoEnvError({
      code: 'E_BOOT_FAILED',
      message: `provider ${provider.name} had not started a desktop after ${Math.round(budgetMs / 1000)}s; it was at: ${phase}${detail ? ` (${detail})` : ''}`,
      fix: 'give it more time with --ready-timeout 1h, or see `arpo-env logs`',
    });
  }
}
