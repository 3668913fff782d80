/** Where VMware's vmrun is, and which product it is told to drive. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';

export interface VmrunProgram {
  /** Absolute path. */
  path: string;
  /** Its `-T`: Workstation on Linux and Windows, Fusion on a Mac (VMware's vmrun reference). */
  type: 'ws' | 'fusion';
}

/** Where the products keep it when it is not on PATH: newest first. */
const FOLDERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/VMware Fusion.app/Contents/Public',
    '/Applications/VMware Fusion.app/Contents/Library',
    '/Applications/VMware Fusion Tech Preview.app/Contents/Public',
  ],
  win32: [
    'C:\\Program Files\\VMware\\VMware Workstation',
    'C:\\Program Files (x86)\\VMware\\VMware Workstation',
    'C:\\Program Files (x86)\\VMware\\VMware VIX',
  ],
  linux: ['/usr/bin', '/usr/local/bin', '/opt/vmware/bin'],
};

const FIXES: Partial<Record<NodeJS.Platform, string>> = {
  darwin:
    'install VMware Fusion (free: https://www.vmware.com/products/desktop-hypervisor/workstation-and-fusion)',
};
const FIX =
  'install VMware Workstation Pro (free: https://www.vmware.com/products/desktop-hypervisor/workstation-and-fusion)';

/** `configured`: providers.vmware.vmrun. Throws E_VMWARE. */
export async function findVmrun(
  configured: string | undefined,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Promise<VmrunProgram> {
  const type = platform === 'darwin' ? 'fusion' : 'ws';
  if (configured !== undefined) {
    if (await isProgram(configured)) return { path: configured, type };
    throw new ArpoEnvError({
      code: 'E_VMWARE',
      message: `providers.vmware.vmrun: ${configured} is not a program`,
      fix: 'correct it, or leave it out to have vmrun found',
    });
  }
  const name = platform === 'win32' ? 'vmrun.exe' : 'vmrun';
  const folders = [...(env.PATH ?? '').split(delimiter), ...(FOLDERS[platform] ?? [])];
  for (const folder of folders.filter((part) => part !== '')) {
    const path = join(folder, name);
    if (await isProgram(path)) return { path, type };
  }
  throw new ArpoEnvError({
    code: 'E_VMWARE',
    message: `there is no ${name} on PATH or where VMware keeps it: VMware ${type === 'fusion' ? 'Fusion' : 'Workstation'} is not installed here`,
    fix: `${FIXES[platform] ?? FIX}, or name its vmrun: export ARPO_ENV_PROVIDERS_VMWARE_VMRUN=/path/to/vmrun`,
  });
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
