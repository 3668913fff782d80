/**
 * A supply of ready desktops for several who take one each, such as the envs of a server: boots them when asked, keeps
 * some booted ahead and paused, stops what is given back. Never more than `takers + standby` exist at once, those being
 * booted or stopped included.
 */
import { AgentClient } from '../desktop/agent-client.js';
import type { ReadyWhen } from '../desktop/readiness.js';
import { ArpoEnvError, toArpoEnvError } from '../errors.js';
import { abortable, sleep } from '../lib/wait.js';
import type { Desktop, DesktopProvider } from '../providers/provider.js';
import { Boot, type BootStatus } from './boot.js';
import type { DesktopEvent } from './events.js';
import { pause, resume } from './pause.js';
import { ReadyRule } from './ready-rule.js';

export interface SupplyOptions {
  provider: DesktopProvider;
  /** How many may have a desktop at the same time. */
  takers: number;
  /** Desktops kept booted ahead. */
  standby: number;
  /** Boot one for each taker ahead as well. */
  prewarm: boolean;
  /** Milliseconds that one boot may take. */
  readyTimeoutMs: number;
  isReadyTimeoutFixed?: boolean | undefined;
  /** What makes a desktop ready. Default `auto`. */
  ready?: ReadyWhen | undefined;
  onEvent: (event: DesktopEvent) => void;
}

/** A ready, running desktop in somebody's hands, until it is given back. */
export interface Lease {
  readonly desktop: Desktop;
  readonly agent: AgentClient;
  readonly boot: Boot;
}

interface Slot {
  readonly boot: Boot;
  role: 'ahead' | 'leased' | 'stopping';
  /** Ends when the desktop is ready and, unless it has been taken by then, paused. */
  settled: Promise<unknown>;
  isPaused: boolean;
}

/** A provider that cannot stop a desktop must not block its taker for ever. */
const STOP_TIMEOUT_MS = 120_000;
/** After so many failed boots in a row nothing is booted ahead until somebody has got a desktop. */
const FAILURES_AHEAD = 5;

export class DesktopSupply implements AsyncDisposable {
  readonly readyRule: ReadyRule;
  readonly #options: SupplyOptions;
  /** Every desktop that exists, from the start of its boot until it has been stopped; oldest first. */
  readonly #slots = new Set<Slot>();
  readonly #onStopped = new Set<() => void>();
  readonly #closing = new AbortController();
  #failuresAhead = 0;

  constructor(options: SupplyOptions) {
    this.#options = options;
    this.readyRule = new ReadyRule(options.ready ?? 'auto');
  }

  /** Boots ahead as many as `standby` and `prewarm` want and the limit allows. */
  bootAhead(): void {
    const { standby, takers, prewarm } = this.#options;
    const wanted = standby + (prewarm ? takers - this.#count('leased') : 0);
    if (this.#closing.signal.aborted || this.#failuresAhead >= FAILURES_AHEAD) return;
    while (this.#count('ahead') < wanted && this.#hasRoom()) this.#boot('ahead');
  }

  /** Desktops that nobody has taken. */
  get standby(): { ready: number; booting: number } {
    const ready = this.#ahead().filter(({ boot }) => boot.isReady).length;
    return { ready, booting: this.#count('ahead') - ready };
  }

  /** Progress of the boot that the next taker would get. */
  get nextBoot(): BootStatus | null {
    return this.#ahead()[0]?.boot.status ?? null;
  }

  /** A running desktop: one booted ahead if there is, else a fresh one. `onBoot` gets the boot that is waited for. */
  async acquire(signal: AbortSignal, onBoot: (boot: Boot) => void): Promise<Lease> {
    const ahead = this.#ahead()[0];
    try {
      if (ahead) return await this.#lease(ahead, signal, onBoot);
    } catch {
      // It failed, or died while it waited, which its events tell; a fresh one may do better.
      signal.throwIfAborted();
    }
    while (!this.#hasRoom()) await abortable(this.#nextStop(), signal);
    this.#closing.signal.throwIfAborted();
    return this.#lease(this.#boot('leased'), signal, onBoot);
  }

  /** Stops the desktop in the background. */
  release({ boot }: Lease): void {
    for (const slot of this.#slots) if (slot.boot === boot) this.#release(slot);
  }

  /** Stops every desktop; resolves when none is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(closed());
    for (const slot of this.#slots) this.#release(slot);
    while (this.#slots.size > 0) await this.#nextStop();
  }

  async #lease(slot: Slot, signal: AbortSignal, onBoot: (boot: Boot) => void): Promise<Lease> {
    slot.role = 'leased';
    onBoot(slot.boot);
    this.bootAhead();
    try {
      await abortable(slot.settled, signal);
      const desktop = await slot.boot.ready;
      const agent = agentOf(desktop);
      if (slot.isPaused) {
        await resume(desktop, signal);
        await agent.screenshot({ signal });
      }
      this.#failuresAhead = 0;
      return { desktop, agent, boot: slot.boot };
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  #boot(role: 'ahead' | 'leased'): Slot {
    const { provider, readyTimeoutMs, isReadyTimeoutFixed, onEvent } = this.#options;
    const boot = new Boot({
      provider,
      budgetMs: readyTimeoutMs,
      isBudgetFixed: isReadyTimeoutFixed,
      readyRule: this.readyRule,
      onEvent,
    });
    const slot: Slot = { boot, role, settled: boot.ready, isPaused: false };
    if (role === 'ahead') slot.settled = this.#pauseAhead(slot);
    this.#slots.add(slot);
    return slot;
  }

  /** Keeps a desktop that nobody has taken paused, as between two steps: an idle guest would lock its screen. */
  #pauseAhead(slot: Slot): Promise<void> {
    const paused = slot.boot.ready.then(async (desktop) => {
      if (slot.role !== 'ahead') return;
      await pause(desktop, this.#closing.signal);
      slot.isPaused = true;
    });
    paused.catch(() => {
      this.#failuresAhead += 1;
      if (slot.role === 'ahead') this.#release(slot);
    });
    return paused;
  }

  #release(slot: Slot): void {
    if (slot.role === 'stopping') return;
    slot.role = 'stopping';
    void this.#stop(slot);
  }

  async #stop(slot: Slot): Promise<void> {
    const stopped = new AbortController();
    const event: DesktopEvent = { type: 'desktop-stopped' };
    try {
      await Promise.race([slot.boot[Symbol.asyncDispose](), tooSlow(stopped.signal)]);
    } catch (error) {
      event.error = toArpoEnvError(error);
    }
    stopped.abort();
    this.#slots.delete(slot);
    const { desktopId } = slot.boot;
    if (desktopId !== undefined) event.desktop = desktopId;
    // A boot that failed before there was a machine has nothing to stop.
    if (event.desktop ?? event.error) this.#options.onEvent(event);
    for (const wake of this.#onStopped) wake();
    this.#onStopped.clear();
    this.bootAhead();
  }

  #nextStop(): Promise<void> {
    return new Promise((resolve) => this.#onStopped.add(resolve));
  }

  /** Those that nobody has taken, ready ones first. */
  #ahead(): Slot[] {
    const ahead = [...this.#slots].filter(({ role }) => role === 'ahead');
    return ahead.sort((a, b) => Number(b.boot.isReady) - Number(a.boot.isReady));
  }

  #count(role: Slot['role']): number {
    return [...this.#slots].filter((slot) => slot.role === role).length;
  }

  #hasRoom(): boolean {
    return this.#slots.size < this.#options.takers + this.#options.standby;
  }
}

/** Where it is reached now. */
export function agentOf({ endpoints, agentSocket }: Desktop): AgentClient {
  return new AgentClient(endpoints.agent, agentSocket);
}

function closed(): ArpoEnvError {
  const problem = { message: 'the desktops are being stopped', fix: 'start the env server again' };
  return new ArpoEnvError({ code: 'E_INTERRUPTED', ...problem });
}

async function tooSlow(signal: AbortSignal): Promise<void> {
  await sleep(STOP_TIMEOUT_MS, signal).catch(() => undefined);
  if (signal.aborted) return;
  throw new ArpoEnvError({
    code: 'E_TIMEOUT',
    message: `a desktop was not stopped within ${STOP_TIMEOUT_MS / 1000}s`,
    fix: 'stop it by hand; the next start of the env server removes what is left behind',
  });
}
