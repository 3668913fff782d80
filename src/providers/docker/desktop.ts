/** A running container that is a desktop, watched until it is stopped: its log for the phase, its exit for the reason. */

import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { ArpoEnvError } from '../../errors.js';
import { lastWords } from '../../host/kvm/last-words.js';
import { messageOf } from '../../lib/errno.js';
import { once } from '../../lib/once.js';
import { onAbort } from '../../lib/wait.js';
import type { BootProgress, Desktop, Slowness } from '../provider.js';
import { BootLog } from './boot-log.js';
import type { Daemon } from './daemon.js';
import { dockerError } from './errors.js';
import { fixExit, fixStandstill, kvmRefusal, readExit, watchExit } from './exit.js';
import type { DesktopImage } from './image.js';
import { withoutFrames } from './log-frames.js';
import { watchSilence } from './monitor.js';
import { removeContainer } from './remove.js';
import type { ForwardedPort } from './ssh-agent.js';

const REQUEST_TIMEOUT_MS = 15_000;
const KEPT_LINES = 50;

export interface DockerDesktopOptions {
  daemon: Daemon;
  container: Docker.Container;
  name: string;
  image: DesktopImage;
  endpoints: DesktopEndpoints;
  /** Ports that lead to a daemon's machine elsewhere; closed with the desktop. */
  forwards: readonly ForwardedPort[];
  onProgress: (progress: BootProgress) => void;
  /** Why the guest runs in software, when it does. */
  slowness: Slowness | null;
  /** The guest has /dev/kvm. */
  useKvm: boolean;
}

export class DockerDesktop implements Desktop {
  readonly id: string;
  readonly endpoints: DesktopEndpoints;
  readonly slowness: Slowness | null;
  readonly image: DesktopImage;
  readonly #options: DockerDesktopOptions;
  readonly #log = new BootLog();
  #lastLineAt = performance.now();
  #kvmFailure: string | null = null;
  readonly #gone = new AbortController();
  /** Ends the watching when the desktop is stopped. */
  readonly #stopping = new AbortController();
  readonly #stopOnce = once(() => this.#stop());

  constructor(options: DockerDesktopOptions) {
    this.#options = options;
    this.id = options.name;
    this.endpoints = options.endpoints;
    this.slowness = options.slowness;
    this.image = options.image;
    void this.#followLog();
    void this.#followExit();
    if (!options.image.isContainerDesktop) void this.#followSilence();
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Set with `gone` when the guest had KVM and died of it: QEMU's words. */
  get kvmFailure(): string | null {
    return this.#kvmFailure;
  }

  async pause(): Promise<void> {
    await this.#request('pause', (abortSignal) => this.#options.container.pause({ abortSignal }));
  }

  async resume(): Promise<void> {
    await this.#request('resume', (abortSignal) => this.#options.container.unpause({ abortSignal }));
  }

  /** The disk is mounted read-only and what the guest writes lives in the container: a fresh one is the initial state. */
  async restore(): Promise<'replaced'> {
    return 'replaced';
  }

  async logs(tail: number): Promise<string> {
    const { container } = this.#options;
    try {
      const exit = await readExit(container);
      const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const frames = await container.logs({ stdout: true, stderr: true, tail, abortSignal });
      const log = new BootLog();
      for (const line of withoutFrames(frames).split('\n')) log.add(line);
      const lines = exit ? [...log.lines, `(it ended ${exit.how})`] : log.lines;
      return lastOf(lines, tail).join('\n');
    } catch (error) {
      // The daemon is away or the container is gone: what was read while it lived is the best there is.
      if (this.#log.lines.length > 0) return lastOf(this.#log.lines, tail).join('\n');
      throw await this.#error(error, 'read the log of');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stopOnce();
  }

  /** The log says where the boot is; when it cannot be followed, only that is lost. */
  async #followLog(): Promise<void> {
    const { container, daemon, onProgress } = this.#options;
    const { signal } = this.#stopping;
    const lines = new PassThrough();
    try {
      const framed = await container.logs({ follow: true, stdout: true, stderr: true, abortSignal: signal });
      const close = () => {
        (framed as Readable).destroy();
        lines.end();
      };
      framed.once('end', close).once('error', close);
      using _closing = onAbort(signal, close);
      daemon.api.modem.demuxStream(framed, lines, lines);
      for await (const raw of createInterface({ input: lines })) {
        this.#lastLineAt = performance.now();
        const line = this.#log.add(raw);
        if (line === null) continue;
        onProgress({ phase: this.#log.phase, detail: line });
        const words = lastWords([line]);
        if (words !== null) void this.#giveUp(words);
      }
    } catch (error) {
      if (!signal.aborted) onProgress({ phase: this.#log.phase, detail: `(no log: ${messageOf(error)})` });
    }
  }

  async #followExit(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const exit = await watchExit(this.#options.container, signal);
      const lines = (await this.logs(KEPT_LINES)).split('\n');
      if (this.#options.useKvm) this.#kvmFailure ??= lastWords(lines) ?? kvmRefusal(lines);
      this.#end(`ended ${exit.how}`, lines, fixExit(exit, lines));
    } catch (error) {
      if (!signal.aborted) this.#gone.abort(await this.#error(error, 'watch'));
    }
  }

  /** QEMU stays alive beside a guest that it has stopped: where it says nothing of that, its monitor does. */
  async #followSilence(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const lastLineAt = () => this.#lastLineAt;
      const state = await watchSilence(this.#options.container, { lastLineAt, signal });
      await this.#giveUp(`QEMU says of the guest: ${state}`);
    } catch {
      // The desktop was stopped meanwhile.
    }
  }

  /** QEMU runs on and its guest does not. Of several last words those that tell most are kept, whichever was heard first. */
  async #giveUp(heard: string): Promise<void> {
    if (this.#gone.signal.aborted) return;
    const lines = (await this.logs(KEPT_LINES).catch(() => this.#log.lines.join('\n'))).split('\n');
    const words = lastWords(lines) ?? heard;
    const isKvm = this.#options.useKvm && !/io-error|guest-panicked|shutdown|watchdog/.test(words);
    if (isKvm) this.#kvmFailure ??= words;
    this.#end(`has stopped for good: ${words}`, lines, fixStandstill(words));
  }

  #end(how: string, lines: readonly string[], fix: string): void {
    const message = `desktop ${this.id} ${how}, in phase ${this.#log.phase}; its last log lines:\n${lines.join('\n')}`;
    this.#gone.abort(new ArpoEnvError({ code: 'E_BOOT_FAILED', message, fix }));
  }

  async #stop(): Promise<void> {
    const { container, forwards } = this.#options;
    this.#stopping.abort();
    await Promise.all(forwards.map((forward) => forward[Symbol.asyncDispose]()));
    try {
      await removeContainer(container);
    } catch (error) {
      const { code, message } = await this.#error(error, 'remove');
      throw new ArpoEnvError(
        { code, message, fix: `remove it by hand: docker rm -f -v ${this.id}` },
        { cause: error },
      );
    }
  }

  async #request(what: string, send: (abortSignal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await send(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    } catch (error) {
      // 409 `container … is already paused`, or `is not paused`: it is as it should be.
      if (/is (already|not) paused/.test(messageOf(error))) return;
      throw await this.#error(error, what);
    }
  }

  #error(error: unknown, what: string): Promise<ArpoEnvError> {
    return dockerError(error, { address: this.#options.daemon.address, doing: `${what} desktop ${this.id}` });
  }
}

function lastOf(lines: readonly string[], count: number): readonly string[] {
  return count === 0 ? [] : lines.slice(-count);
}
