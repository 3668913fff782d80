/** Whether a VM in a container gets /dev/kvm: only where QEMU has been seen to use it. */

import { bootUnderKvm } from '../../host/kvm/boot.js';
import { findKvm, type KvmFinding } from '../../host/kvm/kvm.js';
import type { Daemon } from './daemon.js';
import { runInImage } from './kvm-in-image.js';

/** More than the 10 s that a hanging QEMU gets, here and in the image. */
const TIMEOUT_MS = 60_000;

export async function findAcceleration(
  daemon: Daemon,
  image: string,
  labels: Record<string, string>,
): Promise<KvmFinding> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const inImage = runInImage(daemon.api, image, labels);
  if (daemon.isLocal) return findKvm({ deep: true, elsewhere: inImage, signal });
  const boot = await bootUnderKvm(inImage, signal);
  if (boot?.ok) return { found: true, reason: "the daemon's machine boots a guest under KVM" };
  const why = boot ? boot.words : `there is no qemu-system-x86_64 in ${image} to try it with`;
  return { found: false, reason: `KVM of the daemon's machine cannot be used: ${why}` };
}
