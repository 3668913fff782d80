/** VMware on this machine: which product, whether its vmrun answers, and the Ubuntu machines that env servers may run in. */
import { dirname, join } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { Host } from '../../host/host.js';
import { parseVmx, type Vmx } from '../../providers/vmware/vmx.js';

const FUSION = '/Applications/VMware Fusion.app/Contents';
/** Fusion 13 and newer keep it in Public; the older folder is still there in some. */
const VMRUNS = ['vmrun', `${FUSION}/Public/vmrun`, `${FUSION}/Library/vmrun`];
/** Where Fusion and Workstation put new machines, below the user's home. */
const FOLDERS = [
  'Virtual Machines.localized',
  'Virtual Machines',
  'Documents/Virtual Machines.localized',
  'Documents/Virtual Machines',
  'vmware',
];

export interface UbuntuMachine {
  file: string;
  vmx: Vmx;
  /** `unknown` where neither vmrun nor its lock says it. */
  state: 'off' | 'running' | 'suspended' | 'unknown';
}

export interface VmwareLook {
  /** `VMware Fusion 13.6.1`; null when none was found. */
  product: { name: string; major: number } | null;
  /** The command that answered `list`; null when none is there. */
  vmrun: string | null;
  /** What it said when it failed; null when it did not. */
  vmrunWords: string | null;
  /** Absolute paths of the .vmx files of all that run; null when vmrun did not say. */
  running: string[] | null;
  /** Ubuntu machines that are not the provider's own desktops. */
  ubuntu: UbuntuMachine[];
}

export async function lookAtVmware(machine: Host, config: Config, signal: AbortSignal): Promise<VmwareLook> {
  const [product, program] = await Promise.all([
    productOf(machine, signal),
    askVmrun(machine, config.providers.vmware.vmrun, signal),
  ]);
  const ubuntu = await ubuntuMachines(machine, config, program.running);
  return { product, ...program, ubuntu };
}

async function productOf(machine: Host, signal: AbortSignal): Promise<VmwareLook['product']> {
  const said =
    machine.platform === 'darwin' ? await fusionVersion(machine, signal) : await ask(machine, signal);
  const [, name = '', version = ''] = /^(VMware \w+) (\d[\d.]*)/.exec(said) ?? [];
  return name === '' ? null : { name: `${name} ${version}`, major: Number.parseInt(version, 10) };
}

async function ask(machine: Host, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout } = await machine.run(['vmware', '-v'], { signal });
  return exitCode === 0 ? stdout.trim() : '';
}

/** The bundle's property list is XML, or the binary form that only macOS' own program reads. */
async function fusionVersion(machine: Host, signal: AbortSignal): Promise<string> {
  const info = (await machine.readText(`${FUSION}/Info.plist`)) ?? '';
  const key = 'CFBundleShortVersionString';
  const [, inXml] = new RegExp(`<key>${key}</key>\\s*<string>([^<]+)</string>`).exec(info) ?? [];
  if (inXml !== undefined) return `VMware Fusion ${inXml}`;
  if (info === '') return '';
  const { exitCode, stdout } = await machine.run(['defaults', 'read', `${FUSION}/Info`, key], { signal });
  return exitCode === 0 ? `VMware Fusion ${stdout.trim()}` : '';
}

async function askVmrun(
  machine: Host,
  configured: string | undefined,
  signal: AbortSignal,
): Promise<Pick<VmwareLook, 'vmrun' | 'vmrunWords' | 'running'>> {
  const type = machine.platform === 'darwin' ? 'fusion' : 'ws';
  for (const vmrun of configured === undefined ? VMRUNS : [configured]) {
    const { exitCode, stdout, stderr } = await machine.run([vmrun, '-T', type, 'list'], { signal });
    if (exitCode === 127) continue;
    const lines = stdout.split('\n').map((line) => line.trim());
    if (exitCode === 0) {
      const running = lines.filter((line) => line !== '' && !line.startsWith('Total running VMs'));
      return { vmrun, vmrunWords: null, running };
    }
    const words =
      exitCode === null ? 'it did not end in time' : `${stdout}\n${stderr}`.trim().split('\n').at(-1);
    return { vmrun, vmrunWords: words || `exit code ${exitCode}`, running: null };
  }
  return { vmrun: null, vmrunWords: null, running: null };
}

async function ubuntuMachines(
  machine: Host,
  { providers: { vmware } }: Config,
  running: readonly string[] | null,
): Promise<UbuntuMachine[]> {
  const found = (
    await Promise.all(FOLDERS.map((name) => vmxIn(machine, join(machine.user.home, name))))
  ).flat();
  const files = [...new Set([...(running ?? []), ...found])];
  const isDesktop = (file: string) =>
    file === vmware.vmx ||
    [vmware.folder, vmware.clones].some((folder) => folder !== undefined && file.startsWith(`${folder}/`)) ||
    dirname(file).includes('/arpo-env');
  const looks = files.filter((file) => !isDesktop(file)).map((file) => lookAt(machine, file, running));
  return (await Promise.all(looks)).flat();
}

/** Each machine has a folder of its own, on a Mac with the ending .vmwarevm. */
async function vmxIn(machine: Host, folder: string): Promise<string[]> {
  const inside = await Promise.all(
    (await machine.list(folder)).map(async (name) =>
      (await machine.list(join(folder, name)))
        .filter((file) => file.endsWith('.vmx'))
        .map((file) => join(folder, name, file)),
    ),
  );
  return inside.flat();
}

async function lookAt(
  machine: Host,
  file: string,
  running: readonly string[] | null,
): Promise<UbuntuMachine[]> {
  const text = await machine.readText(file);
  if (text === null) return [];
  try {
    const vmx = parseVmx(Buffer.from(text), file);
    if (!/^(arm-)?ubuntu/i.test(vmx.get('guestOS') ?? '')) return [];
    return [{ file, vmx, state: await stateOf(machine, file, vmx, running) }];
  } catch {
    return []; // It is none, and nothing is said of it.
  }
}

export async function stateOf(
  machine: Host,
  file: string,
  vmx: Vmx,
  running: readonly string[] | null,
): Promise<UbuntuMachine['state']> {
  // VMware holds this folder as long as the machine is open.
  if (running?.includes(file) || (await machine.exists(`${file}.lck`))) return 'running';
  if ((vmx.get('checkpoint.vmState') ?? '') !== '') return 'suspended';
  return running === null ? 'unknown' : 'off';
}
