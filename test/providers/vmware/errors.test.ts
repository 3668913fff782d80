import { expect, test } from 'vitest';
import { type FailureContext, hangError, vmrunError } from '../../../src/providers/vmware/errors.js';

const context: FailureContext = {
  doing: 'start /vms/Ubuntu/Ubuntu.vmx',
  vmx: '/vms/Ubuntu/Ubuntu.vmx',
  command: ['/usr/bin/vmrun', '-T', 'ws', 'start', '/vms/Ubuntu/Ubuntu.vmx', 'nogui'],
  platform: 'linux',
};

interface Case {
  /** What vmrun says on standard output. */
  says: string;
  /** What its vmware.log has. */
  log?: string[];
  code: string;
  message: RegExp;
  fix: RegExp;
}

/** In the words of VMware Workstation 17 and Fusion 13, as people report them. */
const CASES: Record<string, Case> = {
  'a snapshot that is not there': {
    says: "Error: Invalid snapshot name 'init_state'",
    code: 'E_VMWARE',
    message: /no snapshot of that name \(VMware: Invalid snapshot name 'init_state'\)/,
    fix: /\/usr\/bin\/vmrun -T ws listSnapshots \/vms\/Ubuntu\/Ubuntu\.vmx/,
  },
  'the same in older words': {
    says: 'Error: The snapshot does not exist',
    code: 'E_VMWARE',
    message: /no snapshot of that name/,
    fix: /VMWARE_SNAPSHOT/,
  },
  'two snapshots of one name': {
    says: 'Error: The snapshot name is not unique',
    code: 'E_VMWARE',
    message: /several of its snapshots have that name/,
    fix: /vmware \/vms\/Ubuntu\/Ubuntu\.vmx, and rename all but one/,
  },
  'no such machine': {
    says: 'Error: Cannot open VM: /vms/Ubuntu/Ubuntu.vmx, The virtual machine cannot be found',
    code: 'E_VMWARE',
    message: /there is no such virtual machine/,
    fix: /arpo-env image get vmware/,
  },
  'another program has it': {
    says: 'Error: The file is already in use',
    code: 'E_VMWARE',
    message: /another program has the virtual machine open/,
    fix: /find \/vms\/Ubuntu -name '\*\.lck'/,
  },
  'an encrypted machine': {
    says: 'Encrypted virtual machine password: \nError: The operation is not supported',
    code: 'E_VMWARE',
    message: /encrypted, and vmrun would need its password on the command line/,
    fix: /vmware \/vms\/Ubuntu\/Ubuntu\.vmx/,
  },
  'too little memory, which only the log says': {
    says: 'Error: The operation was canceled',
    log: [
      'Not enough physical memory is available to power on this virtual machine with its configured settings.',
    ],
    code: 'E_OUT_OF_MEMORY',
    message: /not enough free memory for it \(VMware: The operation was canceled Not enough physical memory/,
    fix: /--envs 1 --standby 0/,
  },
  'too little memory': {
    says: 'Error: Insufficient host memory',
    code: 'E_OUT_OF_MEMORY',
    message: /not enough free memory/,
    fix: /memsize/,
  },
  'a trial that is over': {
    says: 'Error: The operation was canceled',
    log: ['Your evaluation period has expired. Enter a license key.'],
    code: 'E_VMWARE',
    message: /no licence that is valid/,
    fix: /and enter one/,
  },
  'a question that nobody sees': {
    says: 'Error: The operation was canceled',
    log: ['This virtual machine might have been moved or copied.'],
    code: 'E_VMWARE',
    message: /asks whether the virtual machine was moved or copied/,
    fix: /"I copied it"/,
  },
  'a window that VMware gave up': {
    says: 'Error: Unknown error',
    code: 'E_VMWARE',
    message: /wanted to ask something in a window \(VMware: Unknown error\)/,
    fix: /start it there once/,
  },
  'a full disk': {
    says: 'Error: There is not enough space in the file system for the operation: disk is full',
    code: 'E_DISK_FULL',
    message: /its disk is full/,
    fix: /df -h \/vms\/Ubuntu/,
  },
  'files of another user': {
    says: 'Error: Insufficient permissions in the host operating system',
    code: 'E_NO_PERMISSION',
    message: /this user may not use its files/,
    fix: /sudo chown -R "\$USER" \/vms\/Ubuntu/,
  },
  'kernel modules that are missing': {
    says: 'Error: The operation was canceled',
    log: ['Could not open /dev/vmmon: No such file or directory.'],
    code: 'E_VMWARE',
    message: /kernel modules are not loaded/,
    fix: /vmware-modconfig/,
  },
  'a vmrun of another product': {
    says: 'Unable to connect to host.\nError: The operation is not supported for the specified parameters',
    code: 'E_VMWARE',
    message: /does not drive the VMware that is installed here/,
    fix: /providers\.vmware\.vmrun/,
  },
  'what nobody has met yet': {
    says: '2026-01-01T00:00:00.000| ServiceImpl_Opener: PID 4711\nError: Something new',
    code: 'E_VMWARE',
    message: /^could not start \/vms\/Ubuntu\/Ubuntu\.vmx: Something new$/,
    fix: /run by hand: \/usr\/bin\/vmrun -T ws start \/vms\/Ubuntu\/Ubuntu\.vmx nogui/,
  },
  'no word at all': {
    says: '',
    code: 'E_VMWARE',
    message: /it gave no reason/,
    fix: /by hand/,
  },
};

test.each(Object.entries(CASES))('%s', (_name, { says, log, code, message, fix }) => {
  const error = vmrunError(says, { ...context, messages: log });
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('ServiceImpl_Opener');
  expect(error.fix).toMatch(fix);
});

test('a vmrun that does not end: a window waits, and its words are told where the log has them', () => {
  const silent = hangError(180, context);
  expect(silent.code).toBe('E_TIMEOUT');
  expect(silent.message).toMatch(/within 180 s; a window of VMware may wait for an answer/);
  const asked = hangError(180, {
    ...context,
    messages: ['This virtual machine might have been moved or copied.'],
  });
  expect(asked.message).toContain('moved or copied');
  expect(asked.fix).toContain('"I copied it"');
});

test('on a Mac the window is Fusion’s', () => {
  const { fix } = vmrunError('Error: Unknown error', { ...context, platform: 'darwin' });
  expect(fix).toContain("open -a 'VMware Fusion' /vms/Ubuntu/Ubuntu.vmx");
});
