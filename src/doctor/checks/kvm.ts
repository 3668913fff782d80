/** Whether a guest in Docker boots in a minute or in forty: nested virtualization, the device, its permission, its use. */
import { forget } from '../../host/kvm/failures.js';
import { EMULATED_BOOT } from '../../host/kvm/kvm.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { usesDocker } from './provider-in-use.js';

const WHY = `Without KVM the guest is emulated: a boot takes ${EMULATED_BOOT}.`;

export const kvmChecks: readonly Check[] = [
  {
    id: 'machine.nested',
    link: 'machine',
    title: 'this VM may run VMs',
    needs: [],
    run: onlyForDocker(async ({ looks }) => {
      const { isVirtualMachine, cpuFlag, device } = await looks.kvm();
      if (!isVirtualMachine) return pass('this is not a VM');
      if (cpuFlag || device.state !== 'missing') return pass('nested virtualization is on');
      return warn({
        seen: 'this VM has no nested virtualization (the CPU shows neither VT-x nor AMD-V)',
        why: WHY,
        fix: 'shut it down; in Fusion: Settings → Processors & Memory → "hypervisor applications"; on EC2: a .metal instance type, or --provider aws',
      });
    }),
  },
  {
    id: 'machine.kvm-device',
    link: 'machine',
    title: '/dev/kvm is there',
    needs: [],
    run: onlyForDocker(async ({ looks }) => {
      const { device, cpuFlag, kvmModule, isVirtualMachine } = await looks.kvm();
      if (device.state !== 'missing') return pass('/dev/kvm');
      if (isVirtualMachine && !cpuFlag) return skip('without nested virtualization there is none');
      if (!cpuFlag) {
        const seen = 'there is no /dev/kvm: the CPU shows neither VT-x nor AMD-V';
        return warn({ seen, why: WHY, fix: "enable virtualization in the firmware's setup (BIOS, UEFI)" });
      }
      const module = cpuFlag === 'vmx' ? 'kvm_intel' : 'kvm_amd';
      const seen = kvmModule
        ? 'there is no /dev/kvm, though its module is loaded'
        : 'there is no /dev/kvm: the kernel module is not loaded';
      return warn({ seen, why: WHY, fix: `sudo modprobe ${module}` });
    }),
  },
  {
    id: 'machine.kvm-permission',
    link: 'machine',
    title: 'this user may use /dev/kvm',
    needs: [],
    run: onlyForDocker(async ({ looks }) => {
      const { device } = await looks.kvm();
      if (device.state === 'missing') return skip('there is none');
      if (device.state !== 'denied') return pass('it may be opened');
      return warn({
        seen: '/dev/kvm may not be opened by this user',
        why: 'Docker, as root, still can; programs of this user, such as QEMU outside of Docker, cannot.',
        fix: device.group
          ? `sudo usermod -aG ${device.group} "$USER", then log out and in again`
          : 'sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm',
      });
    }),
  },
  {
    id: 'machine.kvm-boot',
    link: 'machine',
    title: 'KVM boots a guest',
    needs: [],
    limitMs: 30_000,
    run: onlyForDocker(async ({ looks, deep, machine, signal }) => {
      if (!deep) return skip('tried with --deep only');
      if ((await looks.kvm()).device.state !== 'usable') return skip('there is none that may be opened');
      const { found, reason } = await machine.tryKvm(signal);
      if (found) return pass(reason);
      return fail({
        seen: reason,
        why: `Provider docker has the guest emulated then, and a boot takes ${EMULATED_BOOT}; a Python env server hands the device to the guest all the same, and QEMU dies on it at every boot.`,
        fix: 'switch nested virtualization off and on where this VM is made, and reboot it; or have the guest emulated: sudo chmod 000 /dev/kvm',
      });
    }),
  },
  {
    id: 'machine.kvm-guest',
    link: 'machine',
    title: 'no guest has died under KVM',
    needs: [],
    run: onlyForDocker(async ({ looks }) => {
      const known = await looks.kvmFailure();
      if (known === null) return pass('none since this machine was booted');
      const { failure, file } = known;
      return warn({
        seen: `a guest died under KVM at ${failure.at}: ${failure.words}`,
        why: `Provider docker emulates guests from then on, until this machine is rebooted or ${file} is gone: a boot takes ${EMULATED_BOOT}.`,
        fix: forget(file),
      });
    }),
  },
  {
    id: 'machine.boot-budget',
    link: 'machine',
    title: 'the boot budget fits the machine',
    needs: [],
    run: onlyForDocker(async ({ looks, config }) => {
      const budget = config.server.readyTimeout;
      if (budget === undefined) return pass('chosen by what the machine is');
      const isEmulated =
        (await looks.kvm()).device.state === 'missing' || (await looks.kvmFailure()) !== null;
      const needed = isEmulated ? 2_400_000 : 60_000;
      const seconds = Math.round(budget / 1000);
      if (budget >= needed) return pass(`${seconds} s`);
      return warn({
        seen: `server.readyTimeout is ${seconds} s, and a boot ${isEmulated ? 'without KVM' : 'with KVM'} takes up to ${needed / 1000} s`,
        why: 'Each boot is given up before it is over: "VM failed to become ready within timeout period".',
        fix: isEmulated
          ? 'DOCKER_VM_READY_TIMEOUT=3600, or remove server.readyTimeout'
          : 'remove server.readyTimeout',
      });
    }),
  },
];

function onlyForDocker(run: Check['run']): Check['run'] {
  return async (context) =>
    (await usesDocker(context)) ? run(context) : skip('only guests in Docker depend on it');
}
