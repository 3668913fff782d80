/**
 * What vmrun's refusals mean for the user: one table from its words, and those of the machine's `vmware.log`, to ours.
 * vmrun says `Error: …` on standard output and exits with 255 (providers.md §3).
 */
import { dirname } from 'node:path';
import { ArpoEnvError, type ErrorCode } from '../../errors.js';
import { shellLine } from '../../shell-words.js';

export interface FailureContext {
  /** What was being done, e.g. `start /vms/Ubuntu/Ubuntu.vmx`. */
  doing: string;
  vmx?: string | undefined;
  /** The command line that failed, to be run by hand. */
  command: readonly string[];
  /** What VMware showed in a window or would have (`messagesSince`). */
  messages?: readonly string[] | undefined;
  platform?: NodeJS.Platform | undefined;
}

interface Row {
  matches: RegExp;
  code: ErrorCode;
  /** What it means, in our words. */
  means: string;
  fix(context: FailureContext): string;
}

/** First match wins; those that `vmware.log` explains come before vmrun's own general words. */
const ROWS: readonly Row[] = [
  {
    matches:
      /not enough (physical )?memory|insufficient (host )?memory|memory allocation failed|out of memory/i,
    code: 'E_OUT_OF_MEMORY',
    means: 'this machine has not enough free memory for it',
    fix: () =>
      'shut other virtual machines down or run fewer envs (--envs 1 --standby 0), or lower memsize in the .vmx while it is off',
  },
  {
    matches: /no space left|disk is full|not enough (disk )?space|file system is full/i,
    code: 'E_DISK_FULL',
    means: 'its disk is full',
    fix: ({ vmx }) =>
      `see how much is left: ${shellLine(['df', '-h', vmx ? dirname(vmx) : '.'])}; then make room, or name another folder: providers.vmware.clones`,
  },
  {
    matches: /licen[sc]e|(evaluation|trial) (period )?(has )?expired/i,
    code: 'E_VMWARE',
    means: 'VMware has no licence that is valid, or its trial is over',
    fix: (context) => `${openByHand(context)}, and enter one (VMware Fusion and Workstation are free)`,
  },
  {
    matches: /encrypted|incorrect password|decryption key/i,
    code: 'E_VMWARE',
    means:
      'the virtual machine is encrypted, and vmrun would need its password on the command line, where every user sees it',
    fix: (context) => `${openByHand(context)}, and remove the encryption in its settings`,
  },
  {
    matches: /moved or copied|altered|msg\.uuid/i,
    code: 'E_VMWARE',
    means: 'VMware asks whether the virtual machine was moved or copied, and waits for an answer',
    fix: (context) => `${openByHand(context)}, and answer "I copied it"`,
  },
  {
    matches: /vmmon|vmnet|kernel module/i,
    code: 'E_VMWARE',
    means: "VMware's kernel modules are not loaded",
    fix: () =>
      'sudo vmware-modconfig --console --install-all (with Secure Boot they have to be signed first)',
  },
  {
    matches: /VT-x|AMD-V|virtualized (Intel|AMD)|nested|hypervisor.*(not|in use)/i,
    code: 'E_VMWARE',
    means: 'this machine cannot give it the virtualization that its .vmx asks for',
    fix: () => 'set vhv.enable = "FALSE" in the .vmx while it is off, and shut other hypervisors down',
  },
  {
    matches: /file is already in use|already locked|failed to lock|lock the file|in use by/i,
    code: 'E_VMWARE',
    means: 'another program has the virtual machine open',
    fix: ({ vmx }) =>
      vmx === undefined
        ? 'close it there'
        : `close it there; where none has, its locks are left from a crash: remove what this shows: ${shellLine(['find', dirname(vmx), '-name', '*.lck'])}`,
  },
  {
    matches: /invalid snapshot name|snapshot (does not exist|not found)|(does not have|no) (any )?snapshot/i,
    code: 'E_VMWARE',
    means: 'the virtual machine has no snapshot of that name',
    fix: ({ command, vmx = '' }) =>
      `see which it has: ${shellLine([command[0] ?? 'vmrun', ...command.slice(1, 3), 'listSnapshots', vmx])}; then export ARPO_ENV_PROVIDERS_VMWARE_SNAPSHOT=NAME`,
  },
  {
    // VIX_E_SNAPSHOT_NONUNIQUE_NAME: vmrun can neither revert to one of them nor delete it.
    matches: /not unique|more than one snapshot|share the same name/i,
    code: 'E_VMWARE',
    means: 'several of its snapshots have that name',
    fix: (context) => `${openByHand(context)}, and rename all but one of them in its snapshot manager`,
  },
  {
    matches: /cannot be found|file not found|no such file|a file was not found/i,
    code: 'E_VMWARE',
    means: 'there is no such virtual machine',
    fix: () => 'correct providers.vmware.vmx, or get one: arpo-env image get vmware',
  },
  {
    matches: /insufficient permissions|permission denied|access (is )?denied|read-only/i,
    code: 'E_NO_PERMISSION',
    means: 'this user may not use its files',
    fix: ({ vmx = '.' }) => `make them this user's: sudo chown -R "$USER" ${shellLine([dirname(vmx)])}`,
  },
  {
    matches:
      /Unable to connect to host|operation is not supported for the specified parameters|specified version was not found/i,
    code: 'E_VMWARE',
    means: 'this vmrun does not drive the VMware that is installed here, or VMware runs as another user',
    fix: () =>
      'name the vmrun of the VMware that is here: providers.vmware.vmrun; on Linux its services run when this says so: systemctl status vmware',
  },
  {
    matches: /cannot connect to the virtual machine/i,
    code: 'E_VMWARE',
    means: 'VMware could not start its process for the virtual machine',
    fix: openByHand,
  },
  {
    // What vmrun says when a window waits for an answer, and when VMware showed one and gave up.
    matches: /operation was canceled|unknown error|dialog|question/i,
    code: 'E_VMWARE',
    means: 'VMware gave up, mostly because it wanted to ask something in a window',
    fix: (context) => `${openByHand(context)}, start it there once, and answer what it asks`,
  },
];

/** The error for what vmrun said. */
export function vmrunError(said: string, context: FailureContext): ArpoEnvError {
  const { doing, messages = [], command } = context;
  const words = errorWords(said);
  const row =
    ROWS.find(({ matches }) => matches.test(messages.join('\n'))) ??
    ROWS.find(({ matches }) => matches.test(said));
  const heard = [words, ...messages].join(' ');
  return new ArpoEnvError({
    code: row?.code ?? 'E_VMWARE',
    message: `could not ${doing}: ${row ? `${row.means} (VMware: ${heard})` : heard}`,
    fix: row?.fix(context) ?? `see what it says when it is run by hand: ${shellLine([...command])}`,
  });
}

/** The error for a vmrun that did not end in time: most often a window waits, which nobody sees. */
export function hangError(seconds: number, context: FailureContext): ArpoEnvError {
  const { doing, messages = [] } = context;
  const row = ROWS.find(({ matches }) => matches.test(messages.join('\n')));
  const asks =
    messages.length > 0
      ? `; VMware says: ${messages.join(' ')}`
      : '; a window of VMware may wait for an answer';
  return new ArpoEnvError({
    code: row?.code ?? 'E_TIMEOUT',
    message: `could not ${doing}: vmrun did not end within ${seconds} s${asks}`,
    fix: row?.fix(context) ?? `${openByHand(context)}, and answer what it asks`,
  });
}

/** True for what vmrun says of a machine that is off. */
export function isNotPoweredOn(said: string): boolean {
  return /not powered on/i.test(said);
}

/** Its own sentence, without the names of its helpers (`ServiceImpl_Opener: PID 4711`). */
export function errorWords(said: string): string {
  const lines = said.split(/[\r\n]+/).map((line) => line.trim());
  const errors = lines.filter((line) => /^Error: /.test(line)).map((line) => line.slice('Error: '.length));
  const words =
    errors.length > 0 ? errors : lines.filter((line) => line !== '' && !/ServiceImpl_Opener/.test(line));
  return words.join(' ').slice(0, 500) || 'it gave no reason';
}

function openByHand({ vmx, platform = process.platform }: FailureContext): string {
  if (vmx === undefined) return 'open VMware';
  const open = platform === 'darwin' ? ['open', '-a', 'VMware Fusion', vmx] : ['vmware', vmx];
  return `open it in VMware: ${shellLine(open)}`;
}
