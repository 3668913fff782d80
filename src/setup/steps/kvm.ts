/** Hardware virtualization for the desktops: a boot of seconds instead of half an hour. */

import type { KvmFacts } from '../../host/kvm/facts.js';
import { judgeKvm } from '../../host/kvm/kvm.js';
import { asRoot, type Command } from '../command.js';
import { groupsOf } from '../groups.js';
import type { Inspection, Step } from '../step.js';

export const kvm: Step = {
  id: 'kvm',
  title: 'KVM',
  needs: ['preflight'],
  dockerOnly: true,
  async inspect(context): Promise<Inspection> {
    const facts = await context.machine.kvm();
    const { found, reason } = judgeKvm(facts);
    if (found) return { state: 'done', note: reason };
    if (facts.platform !== 'linux' || facts.arch !== 'x64') return withoutKvm(reason);
    if (facts.device.state === 'denied') {
      const group = namedGroup(facts.device.group);
      if (group === null)
        return { state: 'needed', why: '/dev/kvm belongs to no group that a user could join' };
      if ((await groupsOf(context, context.facts.user.name)).includes(group))
        return {
          state: 'done',
          note: `${context.facts.user.name} is in group ${group}, which counts from the next login`,
        };
      return { state: 'needed', why: `${context.facts.user.name} is not in group ${group}` };
    }
    if (facts.cpuFlag && !facts.kvmModule)
      return { state: 'needed', why: `module ${moduleFor(facts.cpuFlag)} is not loaded` };
    return withoutKvm(reason);
  },
  async plan({ machine, facts }): Promise<Command[]> {
    const { device, cpuFlag } = await machine.kvm();
    if (device.state === 'denied') {
      const named = namedGroup(device.group);
      const group = named ?? 'kvm';
      return [
        asRoot(['groupadd', '--force', '--system', group]),
        asRoot(['usermod', '--append', '--groups', group, facts.user.name]),
        // The rule that udev applies at each boot; the device as it is now is changed as well.
        ...(named === null
          ? [asRoot(['chgrp', group, '/dev/kvm']), asRoot(['chmod', '0660', '/dev/kvm'])]
          : []),
      ];
    }
    return cpuFlag === null ? [] : [asRoot(['modprobe', moduleFor(cpuFlag)])];
  },
  explain: ({ command, lines }) =>
    command.argv[0] === 'modprobe'
      ? {
          code: 'E_SETUP_STEP',
          message: `the kernel does not load KVM: ${lines.at(-1) ?? 'no reason given'}`,
          fix: 'where the machine is made, switch nested virtualization on (Fusion: Settings → Processors & Memory → "hypervisor applications") and reboot it; or go on without: --skip kvm',
        }
      : null,
};

/** A number is a group that this system has no name for, such as that of another system's device. */
function namedGroup(group: string | null): string | null {
  return group !== null && /\D/.test(group) ? group : null;
}

function moduleFor(flag: NonNullable<KvmFacts['cpuFlag']>): string {
  return flag === 'vmx' ? 'kvm_intel' : 'kvm_amd';
}

function withoutKvm(reason: string): Inspection {
  return { state: 'not-applicable', why: `${reason}; desktops boot by emulation, in 20 to 40 minutes` };
}
