/** Whether a VM in a container gets /dev/kvm: only where QEMU has been seen to use it, and no guest has died under it. */

import { bootUnderKvm } from '../../host/kvm/boot.js';
import {
  describeKvmFailure,
  forget,
  type KvmMachine,
  recallKvmFailure,
  rememberKvmFailure,
  thisMachine,
} from '../../host/kvm/failures.js';
import { EMULATED_BOOT, EMULATION_BUDGET_MS, findKvm, type KvmFinding } from '../../host/kvm/kvm.js';
import { messageOf } from '../../lib/errno.js';
import { Shared } from '../../lib/once.js';
import type { Slowness } from '../provider.js';
import type { Daemon } from './daemon.js';
import type { DesktopImage } from './image.js';
import { runInImage } from './kvm-in-image.js';
import { ownerLabels } from './owner.js';
import type { Machine } from './preflight.js';

/** More than the 10 s that a hanging QEMU gets, here and in the image. */
const TIMEOUT_MS = 60_000;

export interface AccelerationOptions {
  /** Where guests that died under KVM are remembered. */
  failuresFile: string;
  onWarning: (text: string) => void;
  /** Default: `findAcceleration`. */
  tryKvm?: typeof findAcceleration | undefined;
}

export class Acceleration {
  readonly #options: AccelerationOptions;
  #slowness: Shared<Slowness | null> | undefined;
  #learnt: Promise<void> | undefined;

  constructor(options: AccelerationOptions) {
    this.#options = options;
  }

  /** Why the guest's CPU must be emulated, said once; null when KVM works. */
  slowness(machine: Machine, image: DesktopImage, signal: AbortSignal): Promise<Slowness | null> {
    this.#slowness ??= new Shared(() => this.#look(machine, image));
    return this.#slowness.get(signal);
  }

  /** A guest died under KVM with these words: the next ones are emulated, here and by whoever starts on this machine. */
  learn(machine: Machine, image: DesktopImage, words: string): Promise<void> {
    // Desktops that boot at once die at once, and teach the same.
    this.#learnt ??= this.#learn(machine, image, words);
    return this.#learnt;
  }

  async #look(machine: Machine, image: DesktopImage): Promise<Slowness | null> {
    const { failuresFile, tryKvm = findAcceleration, onWarning } = this.#options;
    const failure = await recallKvmFailure(failuresFile, await kvmMachine(machine), image.id);
    const { found, reason } = failure
      ? { found: false, reason: describeKvmFailure(failure, failuresFile) }
      : await tryKvm(machine.daemon, image.name);
    if (found) return null;
    const slowness = emulated(reason);
    onWarning(slowness.because);
    return slowness;
  }

  async #learn(machine: Machine, image: DesktopImage, words: string): Promise<void> {
    const { failuresFile, onWarning } = this.#options;
    const failure = {
      ...(await kvmMachine(machine)),
      image: image.id,
      words,
      at: new Date().toISOString(),
    };
    const slowness = emulated(describeKvmFailure(failure, failuresFile));
    this.#slowness = new Shared(async () => slowness);
    const memory = await rememberKvmFailure(failuresFile, failure).then(
      () =>
        `This is remembered until the machine is rebooted, in ${failuresFile}; to forget it: ${forget(failuresFile)}`,
      (error: unknown) => `This cannot be remembered: ${messageOf(error)}`,
    );
    onWarning(
      `KVM failed under the guest (${words}): it boots again with its CPU emulated, which takes ${EMULATED_BOOT}. ${memory}`,
    );
  }
}

export async function findAcceleration(daemon: Daemon, image: string): Promise<KvmFinding> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const inImage = runInImage(daemon.api, image, await ownerLabels());
  if (daemon.isLocal) return findKvm({ deep: true, elsewhere: inImage, signal });
  const boot = await bootUnderKvm(inImage, signal);
  if (boot?.ok) return { found: true, reason: "the daemon's machine boots a guest under KVM" };
  const why = boot ? boot.words : `there is no qemu-system-x86_64 in ${image} to try it with`;
  return { found: false, reason: `KVM of the daemon's machine cannot be used: ${why}` };
}

function emulated(reason: string): Slowness {
  const because = `without KVM a VM takes ${EMULATED_BOOT} to boot: ${reason}`;
  return { because, budgetMs: EMULATION_BUDGET_MS };
}

/** Of a machine elsewhere only its daemon tells. */
async function kvmMachine({ daemon, id, kernel }: Machine): Promise<KvmMachine> {
  return daemon.isLocal ? thisMachine() : { id, kernel, cpu: '' };
}
