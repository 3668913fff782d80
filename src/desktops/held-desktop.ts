/** The desktop in one taker's hands: obtained clean, paused between operations, given back when it is lost. */
import { lastLogLines } from '../desktop/readiness.js';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import { abortable, withDeadline } from '../lib/wait.js';
import type { Desktop } from '../providers/provider.js';
import type { Boot, BootStatus } from './boot.js';
import type { RestoreFailed } from './events.js';
import { pause, resume } from './pause.js';
import { agentOf, type DesktopSupply, type Lease } from './supply.js';

export interface HeldDesktopOptions {
  supply: DesktopSupply;
  /** Milliseconds that a restore may take. */
  readyTimeoutMs: number;
  onState: (state: 'booting' | 'restoring') => void;
  onEvent: (event: RestoreFailed) => void;
}

export class HeldDesktop {
  readonly #options: HeldDesktopOptions;
  #lease: Lease | undefined;
  #boot: Boot | undefined;
  #used = false;
  #paused = false;

  constructor(options: HeldDesktopOptions) {
    this.#options = options;
  }

  get id(): string | null {
    return this.#lease?.desktop.id ?? this.#boot?.desktopId ?? null;
  }

  /** Where a person watches it, as long as it is held. */
  get watch(): URL | null {
    return this.#lease?.desktop.endpoints.watch ?? null;
  }

  /** Progress of the boot that brought, or is bringing, this desktop. */
  get bootStatus(): BootStatus | null {
    return this.#boot?.status ?? null;
  }

  /** A running desktop in its initial state: the present one when it is unused or can be restored, else another. */
  async takeClean(signal: AbortSignal): Promise<Lease> {
    const { supply, onState } = this.#options;
    // A desktop booted ahead is there at once, whatever a restore would take.
    if (this.#lease && this.#used && supply.standby.ready > 0) this.discard();
    if (this.#lease && this.#used && !(await this.#restore(this.#lease, signal))) this.discard();
    if (!this.#lease) {
      onState('booting');
      this.#lease = await supply.acquire(signal, (boot) => {
        this.#boot = boot;
      });
    }
    await this.resume(signal);
    this.#used = true;
    return this.#lease;
  }

  /** While nobody acts on it, such as a model that thinks. */
  async pause(signal: AbortSignal): Promise<void> {
    if (!this.#lease || this.#paused) return;
    await pause(this.#lease.desktop, signal);
    this.#paused = true;
  }

  async resume(signal: AbortSignal): Promise<Lease> {
    if (!this.#lease) throw new Error('nobody holds a desktop here');
    if (this.#paused) await resume(this.#lease.desktop, signal);
    this.#paused = false;
    return this.#lease;
  }

  /** Gives the desktop back, to be stopped; the next `takeClean` gets another one. */
  discard(): void {
    if (this.#lease) this.#options.supply.release(this.#lease);
    this.#lease = undefined;
    this.#boot = undefined;
    this.#used = false;
    this.#paused = false;
  }

  /** The same error, naming the desktop and with the last it had to say. Call before `discard`. */
  async named(error: ArpoEnvError): Promise<ArpoEnvError> {
    if (!this.#lease || error.code === 'E_INTERRUPTED') return error;
    const { desktop } = this.#lease;
    const message = `desktop ${desktop.id}: ${error.message}${await lastLogLines((tail) => desktop.logs(tail))}`;
    return new ArpoEnvError({ code: error.code, message, fix: error.fix }, { cause: error });
  }

  /** False when the provider replaces its desktops instead, or when this one cannot be restored any more. */
  async #restore(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { desktop } = lease;
    const { supply, readyTimeoutMs, onState, onEvent } = this.#options;
    onState('restoring');
    const started = performance.now();
    const tooSlow = () => notRestored(desktop, readyTimeoutMs);
    try {
      const restored = await withDeadline(signal, readyTimeoutMs, tooSlow, async (deadline) => {
        await this.resume(deadline);
        return abortable(desktop.restore({ signal: deadline }), deadline);
      });
      if (restored === 'replaced') return false;
      const budgetMs = Math.max(readyTimeoutMs - (performance.now() - started), 1);
      await supply.readyRule.await(desktop.endpoints, { signal, budgetMs });
      // It may be reached elsewhere now.
      this.#lease = { ...lease, agent: agentOf(desktop) };
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      onEvent({ type: 'restore-failed', desktop: desktop.id, error: toArpoEnvError(error) });
      return false;
    }
  }
}

function notRestored({ id }: Desktop, ms: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_TIMEOUT',
    message: `desktop ${id} was not restored within ${Math.round(ms / 1000)}s`,
    fix: 'reset the env: it gets another desktop',
  });
}
