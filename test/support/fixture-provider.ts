/** A provider of fixture guests that counts what exists and can be told to be slow or to fail. */
import type {
  BootProgress,
  Desktop,
  DesktopProvider,
  Slowness,
  StartOptions,
} from '../../src/providers/provider.js';
import { FixtureGuest } from './fixture-guest.js';

export class FixtureDesktop implements Desktop {
  /** What was done to it, oldest first. */
  readonly switches: ('pause' | 'resume' | 'restore')[] = [];
  restoreOutcome: 'same' | 'replaced' = 'same';
  isStopped = false;
  slowness: Slowness | null = null;

  constructor(
    readonly id: string,
    readonly guest: FixtureGuest,
    private readonly onStop: () => Promise<void>,
  ) {}

  get endpoints() {
    return this.guest.endpoints;
  }

  async pause(): Promise<void> {
    this.switches.push('pause');
  }

  async resume(): Promise<void> {
    this.switches.push('resume');
  }

  async restore(): Promise<'same' | 'replaced'> {
    this.switches.push('restore');
    return this.restoreOutcome;
  }

  async logs(): Promise<string> {
    return `${this.id}: login:`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await this.onStop();
    await this.guest[Symbol.asyncDispose]();
  }
}

export class FixtureProvider implements DesktopProvider {
  readonly name = 'sim';
  /** Every desktop ever started, oldest first. */
  readonly desktops: FixtureDesktop[] = [];
  /** How many `start` calls there were. */
  starts = 0;
  /** Most desktops that existed at once, those on their way included. */
  most = 0;
  /** Called in `start`; what it throws, `start` throws. */
  onStart: (options: StartOptions) => void | Promise<void> = () => undefined;
  onStop: () => void | Promise<void> = () => undefined;
  /** Called with each new desktop before it is handed out. */
  prepare: (desktop: FixtureDesktop) => void = () => undefined;
  #present = 0;

  get running(): FixtureDesktop[] {
    return this.desktops.filter(({ isStopped }) => !isStopped);
  }

  /** The newest desktop. */
  get last(): FixtureDesktop {
    const desktop = this.desktops.at(-1);
    if (!desktop) throw new Error('no desktop was started');
    return desktop;
  }

  async preflight(): Promise<[]> {
    return [];
  }

  async start(options: StartOptions): Promise<Desktop> {
    this.starts += 1;
    this.#present += 1;
    this.most = Math.max(this.most, this.#present);
    try {
      options.onProgress({ phase: 'kernel', detail: '[ 0.00] Linux' } satisfies BootProgress);
      await this.onStart(options);
      options.signal.throwIfAborted();
    } catch (error) {
      this.#present -= 1;
      throw error;
    }
    const guest = await FixtureGuest.start();
    const desktop = new FixtureDesktop(`fixture-${this.desktops.length + 1}`, guest, async () => {
      await this.onStop();
      this.#present -= 1;
    });
    this.prepare(desktop);
    this.desktops.push(desktop);
    return desktop;
  }
}

/** A gate that what is awaited stands before until `open`. */
export function gate(): { passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
