/**
 * Whether QEMU can use this machine's hardware virtualization: it decides how long a desktop's boot may take.
 * The device, its permission and the CPU's flags are read; with `deep` a guest of 512 bytes is booted as well,
 * because the device can be there and QEMU still die on it (nested or paravirtual hosts). Where a real guest has died
 * all the same, that is believed.
 */
import { bootUnderKvm, type QemuRunner, runOnHost } from './boot.js';
import { type KvmFacts, readKvmFacts } from './facts.js';

export interface KvmFinding {
  /** QEMU can use it, as far as was looked. */
  found: boolean;
  /** One clause for the start-up line, e.g. `/dev/kvm may not be opened by this user`; with its fix if there is one. */
  reason: string;
}

/** Where KVM does not work the guest's CPU is emulated: milliseconds that its boot may then take, and what it takes. */
export const EMULATION_BUDGET_MS = 3_600_000;
export const EMULATED_BOOT = '20 to 40 minutes';

export interface KvmOptions {
  /** Boots a guest under KVM as well; takes up to 10 s where KVM hangs. Default false. */
  deep?: boolean;
  /** Why it is known not to work: `describeKvmFailure`. */
  known?: string | null;
  /** Where the deep look runs QEMU when this machine has none. */
  elsewhere?: QemuRunner;
  signal?: AbortSignal;
  /** Default: those of this machine. */
  facts?: KvmFacts;
  /** Default: this machine's qemu-system-x86_64. */
  runQemu?: QemuRunner;
}

export async function findKvm(options: KvmOptions = {}): Promise<KvmFinding> {
  const finding = judgeKvm(options.facts ?? (await readKvmFacts()));
  if (finding.found && options.known) return { found: false, reason: options.known };
  if (!finding.found || !options.deep) return finding;
  const { signal = new AbortController().signal, runQemu = runOnHost, elsewhere } = options;
  const boot =
    (await bootUnderKvm(runQemu, signal)) ?? (elsewhere && (await bootUnderKvm(elsewhere, signal)));
  if (!boot)
    return { found: true, reason: `${finding.reason}; not tried, since there is no qemu-system-x86_64` };
  if (boot.ok) {
    const without = boot.hasCmpxchg16b ? '' : ' (this CPU has no cmpxchg16b)';
    return { found: true, reason: `/dev/kvm is there and boots a guest${without}` };
  }
  return { found: false, reason: `/dev/kvm is there, but QEMU cannot use it: ${boot.words}` };
}

/** What the facts mean, and what fixes it. */
export function judgeKvm(facts: KvmFacts): KvmFinding {
  const { platform, arch, device, cpuFlag, kvmModule, isVirtualMachine } = facts;
  const no = (reason: string, fix?: string): KvmFinding => ({
    found: false,
    reason: fix ? `${reason} (fix: ${fix})` : reason,
  });
  if (platform !== 'linux') return no(`KVM is Linux's, and this is ${platform}`);
  if (arch !== 'x64') return no(`an ${arch} machine cannot run OSWorld's x86-64 guest under KVM`);
  if (device.state === 'usable') return { found: true, reason: '/dev/kvm is there and may be opened' };
  if (device.state === 'denied') {
    const fix = device.group
      ? `sudo usermod -aG ${device.group} "$USER", then log in again`
      : 'sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm';
    return no('/dev/kvm may not be opened by this user', fix);
  }
  if (cpuFlag && !kvmModule) {
    return no(
      'there is no /dev/kvm: the kernel module is not loaded',
      `sudo modprobe kvm_${cpuFlag === 'vmx' ? 'intel' : 'amd'}`,
    );
  }
  if (cpuFlag) return no('there is no /dev/kvm, though the CPU and the kernel offer it');
  if (isVirtualMachine) {
    return no(
      'there is no /dev/kvm: this virtual machine has no nested virtualization',
      'switch it on where the machine is made: in Fusion Settings → Processors & Memory → "hypervisor applications"; on EC2 take a .metal instance type',
    );
  }
  return no(
    'there is no /dev/kvm: the CPU shows neither VT-x nor AMD-V',
    "enable it in the firmware's setup (BIOS, UEFI)",
  );
}
