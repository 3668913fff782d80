/** A Mac with VMware Fusion: its Ubuntu machine has the env server in it, or the desktops are its own machines. */
import type { World } from '../world.js';
import { type Fault, setProvider } from './fault.js';

const FUSION = '/Applications/VMware Fusion.app/Contents';
const VMRUN = `${FUSION}/Public/vmrun`;
export const UBUNTU = '/home/user/Virtual Machines.localized/Ubuntu.vmwarevm/Ubuntu.vmx';
const DESKTOP = '/home/user/VMs/osworld-ubuntu/osworld-ubuntu.vmx';

/** All is well with it. */
export function onMac(
  world: World,
  settings: Readonly<Record<string, string>> = {},
  running: string[] = [],
): void {
  world.platform = 'darwin';
  world.role = 'laptop';
  world.files = {
    ...world.files,
    [`${FUSION}/Info.plist`]: '<key>CFBundleShortVersionString</key>\n<string>13.6.1</string>',
    [UBUNTU]: vmx({
      guestOS: 'ubuntu-64',
      memsize: '8192',
      numvcpus: '4',
      'vhv.enable': 'TRUE',
      ...settings,
    }),
  };
  world.programs[VMRUN] = ([, , command]) => {
    if (command === 'listSnapshots') return { stdout: 'Total snapshots: 1\ninit_state' };
    return { stdout: [`Total running VMs: ${running.length}`, ...running].join('\n') };
  };
  // Docker on the Mac itself would be another matter.
  setProvider(world, 'local', {});
}

function withDesktops(world: World): void {
  onMac(world);
  setProvider(world, 'vmware', { vmx: DESKTOP });
  world.files[DESKTOP] = vmx({});
}

function vmx(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = "${value}"\n`);
  return `config.version = "8"\n${lines.join('')}`;
}

export const VMWARE_FAULTS: readonly Fault[] = [
  {
    name: 'vmware: neither Fusion nor Workstation is there',
    check: 'vmware.product',
    break: (w) => setProvider(w, 'vmware', { vmx: '/vm/Ubuntu.qcow2' }),
  },
  {
    name: 'vmware: Fusion is too old',
    check: 'vmware.product',
    break: (w) => {
      withDesktops(w);
      w.files[`${FUSION}/Info.plist`] = '<key>CFBundleShortVersionString</key> <string>12.2.5</string>';
    },
  },
  {
    name: 'vmware: there is no vmrun',
    check: 'vmware.vmrun',
    break: (w) => {
      withDesktops(w);
      delete w.programs[VMRUN];
    },
  },
  {
    name: 'vmware: vmrun does not get through to VMware',
    check: 'vmware.vmrun',
    break: (w) => {
      withDesktops(w);
      w.programs[VMRUN] = () => ({ exitCode: 255, stdout: 'Error: Unable to connect to host.' });
    },
  },
  {
    name: 'vmware: the .vmx is missing',
    check: 'vmware.machine',
    break: (w) => {
      withDesktops(w);
      delete w.files[DESKTOP];
    },
  },
  {
    name: 'vmware: the desktop has no snapshot',
    check: 'vmware.snapshot',
    break: (w) => {
      withDesktops(w);
      w.programs[VMRUN] = ([, , command]) => ({
        stdout: command === 'list' ? 'Total running VMs: 0' : 'Total snapshots: 0',
      });
    },
  },
  {
    name: 'laptop: the Ubuntu machine may not run hypervisors',
    check: 'vmware.nested',
    break: (w) => onMac(w, { 'vhv.enable': 'FALSE' }),
  },
  {
    name: 'laptop: the Mac has Apple silicon',
    check: 'vmware.nested',
    break: (w) => {
      onMac(w, { guestOS: 'arm-ubuntu-64' });
      w.arch = 'arm64';
    },
  },
  {
    name: 'laptop: the Ubuntu machine has 2 GB of memory',
    check: 'vmware.memory',
    break: (w) => onMac(w, { memsize: '2048' }),
  },
  {
    name: 'laptop: the Ubuntu machine has one core',
    check: 'vmware.cores',
    break: (w) => onMac(w, { numvcpus: '1' }),
  },
];
