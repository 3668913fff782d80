/** What the machine that the doctor runs on is to the topology. */
import type { HostFacts, HostFiles } from '../host/host.js';

export const ROLES = ['vm', 'laptop', 'cluster', 'ec2'] as const;
export type Role = (typeof ROLES)[number];

/** The machines on which env servers run. */
export const ENV_MACHINES: readonly Role[] = ['vm', 'laptop', 'ec2'];

/** What it is when nobody says it: `ec2` by the firmware's vendor, `cluster` by GPUs or a scheduler, `vm` by a hypervisor, else `laptop`. */
export async function detectRole(machine: HostFacts & HostFiles): Promise<Role> {
  const [vendor, gpus, cpu] = await Promise.all([
    machine.readText('/sys/class/dmi/id/sys_vendor'),
    machine.list('/proc/driver/nvidia/gpus'),
    machine.readText('/proc/cpuinfo'),
  ]);
  if (gpus.length > 0 || machine.env.SLURM_JOB_ID) return 'cluster';
  if (/Amazon EC2/.test(vendor ?? '') || machine.env.AWS_EC2_METADATA_SERVICE_ENDPOINT) return 'ec2';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpu ?? '') ? 'vm' : 'laptop';
}
