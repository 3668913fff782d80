/** VMware: the product, its vmrun, the desktop's machine; and on a laptop the Ubuntu machine that the env server runs in. */
import { needs } from '../../providers/traits.js';
import { singleQuoted } from '../../shell-words.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { stateOf, type UbuntuMachine, type VmwareLook } from '../facts/vmware.js';
import { providerInUse } from './provider-in-use.js';

const INSTALL =
  'install VMware Fusion or Workstation, both free: https://www.vmware.com/products/desktop-hypervisor/workstation-and-fusion';
/** Fusion 13 is the first for Apple silicon; OSWorld's machines were made with Workstation 17. */
const OLDEST = { 'VMware Fusion': 13, 'VMware Workstation': 17 };
/** MiB, and cores, that OSWorld's guest in Docker needs within the machine. */
const LEAST_MEMORY = 4096;
const LEAST_CORES = 2;
/** VMware's own where the .vmx says nothing. */
const DEFAULT_MEMORY = 256;
const DEFAULT_CORES = 1;
const LIMIT_MS = 20_000;

export const vmwareChecks: readonly Check[] = [
  {
    id: 'vmware.product',
    link: 'machine',
    title: 'VMware is new enough',
    needs: [],
    limitMs: LIMIT_MS,
    async run(context) {
      const look = await context.looks.vmware();
      const { product } = look;
      if (product === null && !(await isUsed(context, look))) return skip('VMware is not used here');
      if (product === null) {
        const why = 'The desktops are its virtual machines.';
        return fail({ seen: 'neither Fusion nor Workstation was found', why, fix: INSTALL });
      }
      const oldest = Object.entries(OLDEST).find(([name]) => product.name.startsWith(name))?.[1] ?? 0;
      if (product.major >= oldest) return pass(product.name);
      return warn({
        seen: `this is ${product.name}`,
        why: 'OSWorld’s machines are made for newer ones, and only newer Fusions run on Apple silicon.',
        fix: INSTALL,
      });
    },
  },
  {
    id: 'vmware.vmrun',
    link: 'desktop',
    title: 'vmrun answers',
    needs: [],
    limitMs: LIMIT_MS,
    async run(context) {
      const look = await context.looks.vmware();
      if (!(await isUsed(context, look))) return skip('VMware is not used here');
      const { vmrun, vmrunWords } = look;
      const why = 'The vmware provider starts and reverts the desktop with it.';
      if (vmrun === null) return fail({ seen: 'there is no vmrun', why, fix: INSTALL });
      if (vmrunWords === null) return pass(vmrun);
      const type = context.machine.platform === 'darwin' ? 'fusion' : 'ws';
      const fix = `see what it says: ${singleQuoted(vmrun)} -T ${type} list; open VMware once, it may want to ask something`;
      return fail({ seen: `vmrun cannot list machines: ${vmrunWords}`, why, fix });
    },
  },
  {
    id: 'vmware.machine',
    link: 'desktop',
    title: "the desktop's virtual machine is there",
    needs: [],
    run: forDesktops(async ({ machine, config }) => {
      const { vmx, folder } = config.providers.vmware;
      const why = 'It is the desktop.';
      const named = vmx ?? folder;
      if (named === undefined) {
        const fix =
          "get OSWorld's: arpo-env image get vmware; or name one: export ARPO_ENV_PROVIDERS_VMWARE_VMX=/path/to/Ubuntu.vmx";
        return fail({ seen: 'providers.vmware.vmx is not set', why, fix });
      }
      const facts = await machine.stat(named);
      if (facts?.kind === (vmx === undefined ? 'folder' : 'file')) return pass(named);
      const fix = "correct it in the config, or get OSWorld's: arpo-env image get vmware";
      return fail({ seen: `${named} is not a ${vmx === undefined ? 'folder' : 'file'}`, why, fix });
    }),
  },
  {
    id: 'vmware.snapshot',
    link: 'desktop',
    title: 'the desktop has the snapshot that episodes begin from',
    needs: ['vmware.vmrun', 'vmware.machine'],
    limitMs: LIMIT_MS,
    run: forDesktops(async ({ machine, config, looks, signal }) => {
      const { vmx, snapshot } = config.providers.vmware;
      const { vmrun } = await looks.vmware();
      if (vmx === undefined || vmrun === null) return skip('each machine of the folder has its own');
      const type = machine.platform === 'darwin' ? 'fusion' : 'ws';
      const { exitCode, stdout, stderr } = await machine.run([vmrun, '-T', type, 'listSnapshots', vmx], {
        signal,
      });
      const words = `${stdout}\n${stderr}`.trim().split('\n').at(-1);
      const why = 'Without it every episode begins from what the last one left.';
      const list = `${singleQuoted(vmrun)} -T ${type} listSnapshots ${singleQuoted(vmx)}`;
      if (exitCode !== 0) return fail({ seen: `vmrun cannot list its snapshots: ${words}`, why, fix: list });
      if (stdout.split('\n').some((line) => line.trim() === snapshot)) return pass(snapshot);
      return warn({
        seen: `${vmx} has no snapshot ${snapshot}`,
        why: 'The first start takes one, which takes minutes: the guest has to boot before.',
        fix: `see which it has: ${list}`,
      });
    }),
  },
  ofUbuntuMachines({
    id: 'vmware.nested',
    title: 'the Ubuntu machine may run hypervisors',
    judge({ vmx }) {
      const value = vmx.get('vhv.enable') ?? 'not set';
      return value.toUpperCase() === 'TRUE' ? null : `its vhv.enable is ${value}`;
    },
    why: 'Docker in it finds no /dev/kvm then, and OSWorld’s guest takes 20 to 40 minutes to boot.',
    change: { 'vhv.enable': 'TRUE' },
    byHand: 'Settings → Processors & Memory → Advanced → Enable hypervisor applications',
  }),
  ofUbuntuMachines({
    id: 'vmware.memory',
    title: 'the Ubuntu machine has memory enough',
    judge({ vmx }) {
      const memory = Number(vmx.get('memsize') ?? DEFAULT_MEMORY);
      return memory >= LEAST_MEMORY ? null : `it has ${memory} MB of memory`;
    },
    why: 'OSWorld’s guest alone takes 4 GB.',
    change: { memsize: String(LEAST_MEMORY) },
    byHand: 'Settings → Processors & Memory: 4096 MB or more',
  }),
  ofUbuntuMachines({
    id: 'vmware.cores',
    title: 'the Ubuntu machine has cores enough',
    judge({ vmx }) {
      const cores = Number(vmx.get('numvcpus') ?? DEFAULT_CORES);
      return cores >= LEAST_CORES ? null : `it has ${cores === 1 ? '1 core' : `${cores} cores`}`;
    },
    why: 'With fewer than two, guest and env server wait for each other.',
    change: { numvcpus: String(LEAST_CORES) },
    byHand: 'Settings → Processors & Memory: 2 processor cores or more',
  }),
];

/** Whether anything here depends on VMware: the provider, or a machine that the env server may run in. */
async function isUsed(context: CheckContext, look: VmwareLook): Promise<boolean> {
  if (needs(await providerInUse(context), 'vmrun')) return true;
  return context.role === 'laptop' && look.ubuntu.length > 0;
}

function forDesktops(run: (context: CheckContext) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const used = await providerInUse(context);
    return needs(used, 'vmrun') ? run(context) : skip(`the provider is ${used}`);
  };
}

interface Demand {
  id: string;
  title: string;
  /** What is wrong with the machine; null when nothing is. */
  judge(machine: UbuntuMachine): string | null;
  why: string;
  change: Readonly<Record<string, string>>;
  byHand: string;
}

/** Of each Ubuntu machine on a laptop whose desktops are not VMware's own. */
function ofUbuntuMachines({ id, title, judge, why, change, byHand }: Demand): Check {
  return {
    id,
    link: 'machine',
    title,
    roles: ['laptop'],
    needs: [],
    limitMs: LIMIT_MS,
    async run(context) {
      if (needs(await providerInUse(context), 'vmrun'))
        return skip('the desktops are machines of VMware’s own');
      const { ubuntu } = await context.looks.vmware();
      if (ubuntu.length === 0) return skip('no Ubuntu machine of VMware’s was found');
      const { platform, arch } = context.machine;
      if (id === 'vmware.nested' && platform === 'darwin' && arch === 'arm64') return appleSilicon(ubuntu);
      const wrong = ubuntu.flatMap((machine) => {
        const seen = judge(machine);
        return seen === null ? [] : [{ machine, seen }];
      });
      const [first] = wrong;
      if (first === undefined) return pass(ubuntu.map(({ file }) => file).join(', '));
      return warn({
        seen: `${first.machine.file}: ${first.seen}`,
        why,
        ...fixFor(first.machine, { id, change, byHand }, context),
      });
    },
  };
}

/** What no setting changes. */
function appleSilicon([first]: readonly UbuntuMachine[]): Finding {
  return warn({
    seen: `this Mac has Apple silicon, on which Fusion gives ${first?.file ?? 'its guests'} no nested virtualization`,
    why: 'Docker with KVM cannot work inside that machine, whatever its settings; OSWorld has an ARM machine that Fusion runs itself.',
    fix: 'arpo-env image get vmware && arpo-env serve --provider vmware',
  });
}

/** VMware writes the .vmx of a machine that it has open: one that is not off is left alone. */
function fixFor(
  { file, state }: UbuntuMachine,
  { id, change, byHand }: Pick<Demand, 'id' | 'change' | 'byHand'>,
  { machine, own, looks }: CheckContext,
): { fix: string; safeFix?: { command: string; apply(signal: AbortSignal): Promise<void> } } {
  if (state !== 'off') {
    const first = state === 'unknown' ? 'with it shut down' : `shut it down first, it is ${state}; then`;
    return { fix: `${first}: arpo-env doctor --role laptop --only ${id} --fix; or in VMware: ${byHand}` };
  }
  const settings = Object.entries(change).map(([key, value]) => `${key} = "${value}"`);
  return {
    fix: `arpo-env doctor --role laptop --only ${id} --fix; or in VMware: ${byHand}`,
    safeFix: {
      command: `set ${settings.join(', ')} in ${file}`,
      async apply() {
        const { running } = await looks.vmware();
        const vmx = await own.readVmx(file);
        const now = await stateOf(machine, file, vmx, running);
        if (now !== 'off') throw new Error(`${file} is ${now} by now`);
        await own.patchVmx(file, change);
      },
    },
  };
}
