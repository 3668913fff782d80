/** What this machine is, when nobody says it. */
import type { Role } from './check.js';
import type { System } from './system/system.js';

/** `ec2` by the firmware's vendor, `cluster` by GPUs or a scheduler, `vm` by a hypervisor, else `laptop`. */
export async function detectRole(system: System): Promise<Role> {
  const [vendor, gpus, cpu] = await Promise.all([
    system.readText('/sys/class/dmi/id/sys_vendor'),
    system.list('/proc/driver/nvidia/gpus'),
    system.readText('/proc/cpuinfo'),
  ]);
  if (gpus.length > 0 || system.env.SLURM_JOB_ID) return 'cluster';
  if (/Amazon EC2/.test(vendor ?? '') || system.env.AWS_EC2_METADATA_SERVICE_ENDPOINT) return 'ec2';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpu ?? '') ? 'vm' : 'laptop';
}
