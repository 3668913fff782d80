/** The desktop in one env's hands: obtained clean, frozen between operations, given back when it is lost. */
import { lastLogLines, waitUntilReady } from '../desktop/readiness.js';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import { abortable, withDeadline } from '../lib/wait.js';
import type { Desktop } from '../providers/provider.js';
import type { Boot, BootStatus } from './boot.js';
import type { DesktopSupply, Lease } from './desktop-supply.js';
import type { EnvEvent, EnvState } from './events.js';
import { freeze, thaw } from './freeze.js';

export interface EnvDesktopOptions {
  supply: DesktopSupply;
  /** Milliseconds that a restore may take. */
  readyTimeoutMs: number;
  onState: (state: EnvState) => void;
  onEvent: (event: EnvEvent) => void;
}

export class EnvDesktop {
  readonly #options: EnvDesktopOptions;
  #lease: Lease | undefined;
  #boot: Boot | undefined;
  #used = false;
  #frozen = false;

  constructor(options: EnvDesktopOptions) {
    this.#options = options;
  }

  get id(): string | null {
    return this.#lease?.desktop.id ?? this.#boot?.desktopId ?? null;
  }

  /** Where a person watches it, while this env has it. */
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
    await this.thaw(signal);
    this.#used = true;
    return this.#lease;
  }

  /** Freezes the guest while the model thinks. */
  async freeze(signal: AbortSignal): Promise<void> {
    if (!this.#lease || this.#frozen) return;
    await freeze(this.#lease.desktop, signal);
    this.#frozen = true;
  }

  async thaw(signal: AbortSignal): Promise<Lease> {
    if (!this.#lease) throw new Error('an episode without a desktop');
    if (this.#frozen) await thaw(this.#lease.desktop, signal);
    this.#frozen = false;
    return this.#lease;
  }

  /** Gives the desktop back, to be stopped; the next `takeClean` gets another one. */
  discard(): void {
    if (this.#lease) this.#options.supply.release(this.#lease);
    this.#lease = undefined;
    this.#boot = undefined;
    this.#used = false;
    this.#frozen = false;
  }

  /** The same error, naming the desktop and with the last it had to say. Call before `discard`. */
  async named(error: ArpoEnvError): Promise<ArpoEnvError> {
    if (!this.#lease || error.code === 'E_INTERRUPTED') return error;
    const { desktop } = this.#lease;
    const message = `desktop ${desktop.id}: ${error.message}${await lastLogLines((tail) => desktop.logs(tail))}`;
    return new ArpoEnvError({ code: error.code, message, fix: error.fix }, { cause: error });
  }

  /** False when the provider replaces its desktops instead, or when this one cannot be restored any more. */
  async #restore({ desktop }: Lease, signal: AbortSignal): Promise<boolean> {
    const { readyTimeoutMs, onState, onEvent } = this.#options;
    onState('restoring');
    const tooSlow = () => notRestored(desktop, readyTimeoutMs);
    try {
      return await withDeadline(signal, readyTimeoutMs, tooSlow, async (deadline) => {
        await this.thaw(deadline);
        if ((await abortable(desktop.restore({ signal: deadline }), deadline)) === 'replaced') return false;
        await waitUntilReady(desktop.endpoints, { signal: deadline, budgetMs: readyTimeoutMs });
        return true;
      });
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
