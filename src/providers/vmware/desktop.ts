/** A running virtual machine that is a desktop: paused between steps, brought back by its snapshot, stopped and given back. */
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { once } from '../../lib/once.js';
import type { Desktop } from '../provider.js';
import { type MachineSettings, runFromSnapshot } from './run-machine.js';
import type { Vmrun } from './vmrun.js';
import { logTail } from './vmware-log.js';

/** Stopping ends with vmrun's own limits, whatever ended the server. */
const never = new AbortController().signal;

export interface VmwareDesktopOptions {
  id: string;
  vmrun: Vmrun;
  settings: MachineSettings;
  endpoints: DesktopEndpoints;
  /** Nothing of it is kept beyond its snapshot: its guest need not shut down. */
  isClone: boolean;
  /** Lets others have the machine, once it is off. */
  giveBack(): Promise<void>;
}

export class VmwareDesktop implements Desktop {
  readonly id: string;
  readonly #options: VmwareDesktopOptions;
  #endpoints: DesktopEndpoints;
  #isPaused = false;
  /** One command after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #stopOnce = once(() => this.#stop());

  constructor(options: VmwareDesktopOptions) {
    this.#options = options;
    this.id = options.id;
    this.#endpoints = options.endpoints;
  }

  /** Path of its .vmx file. */
  get vmx(): string {
    return this.#options.settings.vmx;
  }

  /** Others after each restore: the machine may get another address. */
  get endpoints(): DesktopEndpoints {
    return this.#endpoints;
  }

  pause(): Promise<void> {
    return this.#inTurn(async ({ vmrun, settings }) => {
      if (this.#isPaused) return;
      await vmrun.pause(settings.vmx, never);
      this.#isPaused = true;
    });
  }

  resume(): Promise<void> {
    return this.#inTurn(() => this.#resume());
  }

  restore({ signal }: { signal: AbortSignal }): Promise<'same'> {
    return this.#inTurn<'same'>(async ({ vmrun, settings }) => {
      await this.#resume();
      this.#endpoints = await runFromSnapshot(vmrun, settings, { signal, onProgress: () => undefined });
      return 'same';
    });
  }

  logs(tail: number): Promise<string> {
    return logTail(this.#options.settings.vmx, tail);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stopOnce();
  }

  async #resume(): Promise<void> {
    if (!this.#isPaused) return;
    const { vmrun, settings } = this.#options;
    await vmrun.unpause(settings.vmx, never);
    this.#isPaused = false;
  }

  async #stop(): Promise<void> {
    await this.#inTurn(async ({ vmrun, settings, isClone, giveBack }) => {
      // A guest that stands still does not shut down; one that cannot be resumed is powered off.
      const isAwake = await this.#resume().then(
        () => true,
        () => false,
      );
      await vmrun.stop(settings.vmx, never, isAwake && !isClone ? 'soft' : 'hard');
      await giveBack();
    });
  }

  #inTurn<T>(work: (options: VmwareDesktopOptions) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => work(this.#options));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
