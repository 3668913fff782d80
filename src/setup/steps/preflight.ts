/** Whether setup-vm is made for this machine: nothing of it can be fixed from within. */
import { ArpoEnvError } from '../../errors.js';
import { formatBytes } from '../../ui/format.js';
import type { MachineFacts } from '../machine.js';
import type { SetupContext, Step } from '../step.js';

/** What the runbook asks for is 4 GB; firmware and kernel keep some of it. */
const LEAST_MEMORY_BYTES = 3.4e9;
const LEAST_CORES = 2;
/** Packages, and room to work; the guest's disk asks for its own. */
const LEAST_FREE_BYTES = 2e9;
const WHERE_TO_RAISE = 'in Fusion: Settings → Processors & Memory; on EC2: a larger instance type';

export const preflight: Step = {
  id: 'preflight',
  title: 'Machine',
  needs: [],
  async inspect({ facts, machine, settings }) {
    assertSystem(facts);
    assertUser(facts);
    assertSize(facts);
    await assertSpace(machine);
    if (settings.offline !== null && !(await machine.exists(settings.offline))) {
      throw new ArpoEnvError({
        code: 'E_USAGE',
        message: `--offline ${settings.offline}: there is no such folder`,
        fix: 'see arpo-env setup-vm --help for what it holds',
      });
    }
    const { distro, arch, cores, memoryBytes } = facts;
    const size = `${cores} cores, ${formatBytes(memoryBytes)} RAM`;
    return { state: 'done', note: `${distro.name}, ${arch}, ${size}, Node ${process.versions.node}` };
  },
  plan: async () => [],
};

function assertSystem({ platform, distro, arch, container }: MachineFacts): void {
  const fix = 'run it in the VM, or from here: arpo-env setup-vm --host vm.example';
  if (platform !== 'linux')
    throw unsupported(`this is ${platform}, and desktops need an Ubuntu or Debian machine`, fix);
  if (container !== null) {
    throw unsupported(
      `this is a container (${container}), which runs no Docker Engine and no services of its own`,
      fix,
    );
  }
  const least = { ubuntu: 20.04, debian: 12 }[distro.id];
  if (least === undefined || !(Number(distro.version) >= least)) {
    throw unsupported(
      `${distro.name} is not known to setup-vm`,
      'use Ubuntu 20.04 to 24.04 or Debian 12 and later',
    );
  }
  if (arch !== 'x64' && arch !== 'arm64')
    throw unsupported(`${arch} is not known to setup-vm`, 'use an amd64 or arm64 machine');
}

/** Through sudo everything would become root's: clone, venv, image folder. */
function assertUser({ sudoUser }: MachineFacts): void {
  if (sudoUser === null) return;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: 'setup-vm was started with sudo',
    fix: `start it as ${sudoUser}; it asks for root itself, and only for the steps that need it`,
  });
}

function assertSize({ memoryBytes, cores }: MachineFacts): void {
  if (memoryBytes < LEAST_MEMORY_BYTES) {
    throw unsupported(
      `${formatBytes(memoryBytes)} RAM is not enough for a desktop, which takes 4 GB`,
      WHERE_TO_RAISE,
    );
  }
  if (cores < LEAST_CORES)
    throw unsupported(`${cores} core is too little; a desktop needs ${LEAST_CORES}`, WHERE_TO_RAISE);
}

async function assertSpace(machine: SetupContext['machine']): Promise<void> {
  const free = await machine.freeBytes('/var');
  if (free >= LEAST_FREE_BYTES) return;
  throw new ArpoEnvError({
    code: 'E_DISK_FULL',
    message: `only ${formatBytes(free)} are free in /var, less than ${formatBytes(LEAST_FREE_BYTES)}`,
    fix: 'free some space, or make the disk larger: df -h /var',
  });
}

function unsupported(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_UNSUPPORTED_MACHINE', message, fix });
}
