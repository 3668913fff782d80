/** A running local desktop: paused between steps unless somebody watches, looked after until it is stopped. */
import type { AgentSocket, DesktopEndpoints } from '../../desktop/endpoints.js';
import { lastLogLines } from '../../desktop/readiness.js';
import { ArpoEnvError } from '../../errors.js';
import type { Desktop } from '../provider.js';
import { logTail } from './desktop-log.js';
import { stoppable } from './processes.js';
import { type DesktopParts, processesOf, signalAll } from './remove-desktop.js';
import type { Watchers } from './watchers.js';

export interface LocalDesktopOptions extends DesktopParts {
  endpoints: DesktopEndpoints;
  agentSocket: AgentSocket;
  watchers: Watchers;
  log: string;
  /** Resolves with how its agent ended, e.g. `with exit code 1`. */
  ended: Promise<string>;
  /** Ends it; resolves when nothing is left. */
  remove(): Promise<void>;
}

const SHOWN_LINES = 20;
/** What was forked while the others were being stopped is found in the next look. */
const LOOKS = 3;

export class LocalDesktop implements Desktop {
  readonly id: string;
  readonly endpoints: DesktopEndpoints;
  readonly agentSocket: AgentSocket;
  readonly #options: LocalDesktopOptions;
  readonly #gone = new AbortController();
  /** What SIGSTOP was sent to, where no control group pauses. */
  #stoppedPids: number[] = [];
  /** What the last pause or resume asked for, and what is. */
  #isToPause = false;
  #isPaused = false;
  /** One pause or resume after the other. */
  #turn: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: LocalDesktopOptions) {
    this.#options = options;
    this.id = options.id;
    this.endpoints = options.endpoints;
    this.agentSocket = options.agentSocket;
    void options.ended.then((how) => this.#onEnd(how));
    options.watchers.onChange(() => {
      // What fails here fails again, and is heard, where the next step resumes it.
      this.#inTurn(() => this.#settle()).catch(() => undefined);
    });
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  pause(): Promise<void> {
    this.#isToPause = true;
    return this.#inTurn(() => this.#settle());
  }

  resume(): Promise<void> {
    this.#isToPause = false;
    return this.#inTurn(() => this.#settle());
  }

  /** A fresh display and a fresh home are there in about a second: nothing of the old ones has to be put in order. */
  async restore(): Promise<'replaced'> {
    return 'replaced';
  }

  async logs(tail: number): Promise<string> {
    return logTail(this.#options.log, tail);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#turn.catch(() => undefined).then(() => this.#options.remove());
    return this.#stopped;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    this.#turn = this.#turn.catch(() => undefined).then(work);
    await this.#turn;
  }

  async #settle(): Promise<void> {
    const isToPause = this.#isToPause && !this.#options.watchers.areThere;
    if (isToPause === this.#isPaused) return;
    if (isToPause) {
      // Also when it fails half-way: then there is something to resume.
      this.#isPaused = true;
      return this.#pause();
    }
    await this.#resume();
    this.#isPaused = false;
  }

  async #pause(): Promise<void> {
    const { group } = this.#options;
    if (group.canPause) return group.pause();
    // Parents first: a shell that saw its child stop would take the terminal back from it.
    for (let look = 0; look < LOOKS; look += 1) {
      const present = await stoppable(await processesOf(this.#options));
      const running = present.filter((pid) => !this.#stoppedPids.includes(pid));
      if (running.length === 0) return;
      signalAll(running, 'SIGSTOP');
      this.#stoppedPids.push(...running);
    }
  }

  async #resume(): Promise<void> {
    const { group } = this.#options;
    if (group.canPause) return group.resume();
    signalAll(this.#stoppedPids.reverse(), 'SIGCONT');
    this.#stoppedPids = [];
  }

  async #onEnd(how: string): Promise<void> {
    if (this.#stopped) return;
    const { group } = this.#options;
    const kills = await group.outOfMemoryKills();
    const evidence = await lastLogLines((tail) => this.logs(tail), SHOWN_LINES);
    if (this.#stopped) return;
    this.#gone.abort(
      new ArpoEnvError({
        code: kills > 0 ? 'E_OUT_OF_MEMORY' : 'E_BOOT_FAILED',
        message: `desktop ${this.id} ended ${how}${kills > 0 ? ', out of its memory' : ''}${evidence}`,
        fix:
          kills > 0
            ? 'give each desktop more: ARPO_ENV_PROVIDERS_LOCAL_RAM_SIZE=8G'
            : 'reset the env: it gets another desktop',
      }),
    );
  }
}
