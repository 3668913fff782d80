/**
 * The docker provider: OSWorld's image, which boots a VM with QEMU, or any other whose container is the desktop itself.
 * Every desktop is one container, published on the loopback at ports that Docker chooses.
 */
import { randomBytes } from 'node:crypto';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../../errors.js';
import { Shared } from '../../lib/once.js';
import { clearLeftDesktops } from '../../runs/left-desktops.js';
import { stateFolder } from '../../runs/state-folder.js';
import type { Desktop, DesktopProvider, StartOptions } from '../provider.js';
import { Acceleration, type AccelerationOptions } from './acceleration.js';
import type { DesktopSettings } from './container-options.js';
import { DockerDesktop } from './desktop.js';
import { dockerError } from './errors.js';
import { type DesktopImage, findImage, pullImage, withTag } from './image.js';
import { findOrphans, ownerLabels } from './owner.js';
import { findMachine, findProblems, type Machine } from './preflight.js';
import { startContainer } from './start-container.js';

const LEARN_TIMEOUT_MS = 60_000;

export interface DockerProviderOptions extends DesktopSettings {
  /** Image name; `:latest` is meant when it has no tag. */
  image: string;
  /** DOCKER_HOST and its companions. Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** What does not keep a desktop from starting but should be known, one sentence each. Default: nobody hears it. */
  onWarning?: (text: string) => void;
  /** Whether a VM gets KVM; default: it is tried. */
  tryKvm?: AccelerationOptions['tryKvm'];
}

export class DockerProvider implements DesktopProvider {
  readonly name = 'docker';
  readonly #options: DockerProviderOptions;
  readonly #image: string;
  readonly #machine: Shared<Machine>;
  readonly #acceleration: Acceleration;

  constructor(options: DockerProviderOptions) {
    this.#options = options;
    this.#image = withTag(options.image);
    this.#machine = new Shared(() => this.#prepareMachine());
    this.#acceleration = new Acceleration({
      failuresFile: stateFolder(options.env ?? process.env).kvmFailures,
      onWarning: (text) => this.#warn(text),
      tryKvm: options.tryKvm,
    });
  }

  async preflight(): Promise<Problem[]> {
    try {
      const machine = await findMachine(this.#options.env ?? process.env);
      const image = await findImage(machine.daemon.api, this.#image);
      return await findProblems(machine, this.#image, image, this.#options);
    } catch (error) {
      return [toArpoEnvError(error).toJSON()];
    }
  }

  /** Throws E_DOCKER, E_IMAGE, E_QCOW2, E_DISK_FULL, E_OUT_OF_MEMORY, E_PORT_IN_USE, or the signal's reason. */
  async start({ signal, onProgress }: StartOptions): Promise<Desktop> {
    onProgress({ phase: 'asking Docker' });
    const machine = await this.#machine.get(signal);
    const name = `arpo-env-${randomBytes(6).toString('hex')}`;
    try {
      const image = await this.#prepareImage(machine, signal, onProgress);
      const slowness = image.isContainerDesktop
        ? null
        : await this.#acceleration.slowness(machine, image, signal);
      signal.throwIfAborted();
      onProgress({ phase: 'creating container', detail: name });
      return await startContainer({
        ...{ daemon: machine.daemon, availableCores: machine.cores, settings: this.#options },
        ...{ name, image, slowness, labels: await ownerLabels(), signal, onProgress },
      });
    } catch (error) {
      signal.throwIfAborted();
      const doing = `start desktop ${name} from ${this.#image}`;
      throw await dockerError(error, { address: machine.daemon.address, doing, image: this.#image });
    }
  }

  /** KVM may work for a probe and fail under a real guest: then the next one is emulated. */
  async learnFrom(gone: Desktop): Promise<boolean> {
    if (!(gone instanceof DockerDesktop) || gone.kvmFailure === null) return false;
    const machine = await this.#machine.get(AbortSignal.timeout(LEARN_TIMEOUT_MS));
    await this.#acceleration.learn(machine, gone.image, gone.kvmFailure);
    return true;
  }

  /** What dead servers left is removed once, before this one makes its own. */
  async #prepareMachine(): Promise<Machine> {
    const machine = await findMachine(this.#options.env ?? process.env);
    const { api, address } = machine.daemon;
    const explain = async (error: unknown) =>
      (await dockerError(error, { address, doing: 'remove orphans' })).message;
    await clearLeftDesktops(
      () => findOrphans(api),
      (text) => this.#warn(text),
      explain,
    );
    return machine;
  }

  async #prepareImage(
    machine: Machine,
    signal: AbortSignal,
    onProgress: StartOptions['onProgress'],
  ): Promise<DesktopImage> {
    const { api } = machine.daemon;
    const present = await findImage(api, this.#image);
    throwFirst(await findProblems(machine, this.#image, present, this.#options));
    if (present) return present;
    await pullImage(api, this.#image, { signal, onProgress });
    const pulled = await findImage(api, this.#image);
    if (!pulled) throw new Error(`no such image: ${this.#image}, though it was just pulled`);
    throwFirst(await findProblems(machine, this.#image, pulled, this.#options));
    return pulled;
  }

  #warn(text: string): void {
    this.#options.onWarning?.(text);
  }
}

function throwFirst([first]: readonly Problem[]): void {
  if (first) throw new ArpoEnvError(first);
}
