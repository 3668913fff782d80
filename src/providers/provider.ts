/** Where desktops come from: the contract that every provider keeps. A provider knows nothing of envs. */
import type { AgentSocket, DesktopEndpoints } from '../desktop/endpoints.js';
import type { Problem } from '../errors.js';

export type ProviderName = 'docker' | 'vmware' | 'aws' | 'remote' | 'local' | 'attach' | 'sim';

/** Progress of one boot, for a person or for `/health`. */
export interface BootProgress {
  /** What the machine is doing now, e.g. `pulling image`, `firmware`, `kernel`, `agent`. */
  phase: string;
  /** The last line of the boot log or a figure such as `312 of 890 MB`. */
  detail?: string;
}

/** A running guest. `await using` stops it; disposing twice is one stop. */
export interface Desktop extends AsyncDisposable {
  readonly id: string;
  readonly endpoints: DesktopEndpoints;
  /** Where the agent also listens on a Unix socket that this process reaches: a shorter way than through its port. */
  readonly agentSocket?: AgentSocket;
  /** Stops the guest's clock between steps, where the provider can; otherwise does nothing. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Back to the initial state: the same desktop, restored, or `replaced` when the caller must `start` another. */
  restore(options: { signal: AbortSignal }): Promise<'same' | 'replaced'>;
  /** The last `tail` lines of its log, for error messages and `arpo-env logs`. */
  logs(tail: number): Promise<string>;
  /** Aborts when the machine ended by itself, with an ArpoEnvError that says how. Absent where that cannot be seen. */
  readonly gone?: AbortSignal;
  /** Set where it boots slowly, e.g. under software emulation. */
  readonly slowness?: Slowness | null;
}

/** Why a desktop boots slowly, and what follows. */
export interface Slowness {
  /** With the fix, for whoever waits and for the error of a boot that ran out of time. */
  because: string;
  /** Milliseconds that its boot may take, where nobody has said. */
  budgetMs: number;
}

export interface StartOptions {
  /** Cancels the boot at any point; nothing is left behind. */
  signal: AbortSignal;
  /** Called after `start` as well, as long as the desktop's console tells of its boot. */
  onProgress: (progress: BootProgress) => void;
}

export interface DesktopProvider {
  readonly name: ProviderName;
  /** What whoever looks at its desktops should know. */
  readonly note?: string | undefined;
  /** How many desktops it can have at once. Absent where only the machine limits that. */
  readonly capacity?: number | undefined;
  /** Why this provider cannot work here, if so: each problem with its fix. Never throws. */
  preflight(): Promise<Problem[]>;
  /** A fresh desktop. Resolves when the machine exists, not when it is ready (see `desktop/readiness`). */
  start(options: StartOptions): Promise<Desktop>;
  /**
   * Told of a desktop that was `gone` before it was ready. True when the provider learnt from it: the next `start` goes
   * another way, and is worth it. Absent where there is nothing to learn.
   */
  learnFrom?(gone: Desktop): Promise<boolean>;
}
