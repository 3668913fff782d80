/** What keeps the vmware provider from working here, each with its fix, in the order in which they are best fixed. */
import { totalmem } from 'node:os';
import { type Problem, toArpoEnvError } from '../../errors.js';
import { localFiles } from '../../host/local/files.js';
import { findVmrun } from './find-vmrun.js';
import type { Registry } from './registry.js';
import { Vmrun, type VmrunLimits } from './vmrun.js';
import { readVmx } from './vmx.js';

export interface PreflightOptions {
  vmrun?: string | undefined;
  vmx?: string | undefined;
  folder?: string | undefined;
  desktops: number;
  env: NodeJS.ProcessEnv;
  limits?: VmrunLimits | undefined;
  registry: Registry;
  /** .vmx files. */
  machines: readonly string[];
  /** Where clones are made; null when none are. */
  clones: string | null;
}

const MIB = 1024 ** 2;
/** VMware's own when a .vmx names none. */
const DEFAULT_MEMSIZE = 256;
/** Beside the memory, of which its snapshot keeps a copy, a clone's disk grows by what its guest writes. */
const CLONE_DISK = 2 * 1024 ** 3;

export async function findProblems(options: PreflightOptions): Promise<Problem[]> {
  return (await Promise.all([vmrunProblem(options), machineProblems(options)])).flat();
}

async function vmrunProblem({ vmrun, env, limits }: PreflightOptions): Promise<Problem[]> {
  try {
    const program = await findVmrun(vmrun, env);
    await new Vmrun({ program, env, limits }).list(new AbortController().signal);
    return [];
  } catch (error) {
    return [toArpoEnvError(error).toJSON()];
  }
}

async function machineProblems(options: PreflightOptions): Promise<Problem[]> {
  const { vmx, folder, machines } = options;
  if (vmx !== undefined && folder !== undefined) {
    const message =
      'providers.vmware.vmx and providers.vmware.folder are both set: a desktop is the one machine or one of the folder';
    return [{ code: 'E_CONFIG', message, fix: 'keep one of them' }];
  }
  if (vmx === undefined && folder === undefined) {
    const fix =
      "name its .vmx file: export ARPO_ENV_PROVIDERS_VMWARE_VMX=/path/to/Ubuntu.vmx; or get OSWorld's: arpo-env image get vmware";
    return [{ code: 'E_CONFIG', message: 'the provider vmware is given no virtual machine', fix }];
  }
  if (machines.length === 0) {
    const message = `there is no .vmx file in ${folder} or in the folders right below it`;
    return [{ code: 'E_CONFIG', message, fix: 'correct providers.vmware.folder' }];
  }
  const looks = await Promise.all(machines.map((machine) => lookAt(machine, options)));
  const memory = looks.map(({ memory }) => memory);
  return [
    ...looks.flatMap(({ problems }) => problems),
    ...memoryProblem(memory, options),
    ...(await diskProblem(memory, options)),
  ];
}

async function lookAt(machine: string, { registry, clones }: PreflightOptions) {
  const problems: Problem[] = [];
  let memory = 0;
  try {
    const file = await readVmx(machine);
    memory = Number(file.get('memsize') ?? DEFAULT_MEMSIZE) * MIB;
    if (file.get('encryption.keySafe') !== undefined) {
      problems.push({
        code: 'E_VMWARE',
        message: `${machine} is encrypted, and vmrun would need its password on the command line, where every user sees it`,
        fix: 'remove the encryption in its settings in VMware',
      });
    }
  } catch (error) {
    problems.push(toArpoEnvError(error).toJSON());
  }
  const holder = clones === null ? await registry.holder(machine) : null;
  if (holder !== null) {
    problems.push({
      code: 'E_VMWARE',
      message: `${machine} is in use by an env server already (pid ${holder.pid})`,
      fix: 'stop that server (arpo-env stop), or name another machine',
    });
  }
  return { problems, memory };
}

function memoryProblem(memory: readonly number[], { desktops, clones }: PreflightOptions): Problem[] {
  const each = Math.max(...memory, 0);
  const wanted = clones === null ? sum(memory.slice(0, desktops)) : each * desktops;
  if (wanted <= totalmem()) return [];
  return [
    {
      code: 'E_OUT_OF_MEMORY',
      message: `${desktops} desktop${desktops === 1 ? ' needs' : 's need'} ${gigabytes(wanted)} of memory, and this machine has ${gigabytes(totalmem())}`,
      fix: 'run fewer (--envs 1 --standby 0), or lower memsize in the .vmx while it is off',
    },
  ];
}

/** For those that are yet to be made. */
async function diskProblem(memory: readonly number[], options: PreflightOptions): Promise<Problem[]> {
  const { clones, desktops, registry, vmx } = options;
  if (clones === null) return [];
  const made = (await registry.clones()).filter(({ base, isPrepared }) => base === vmx && isPrepared).length;
  const missing = Math.max(0, desktops - made);
  const wanted = missing * (Math.max(...memory, 0) + CLONE_DISK);
  const free = await localFiles.freeBytes(clones).catch(() => Number.POSITIVE_INFINITY);
  if (wanted <= free) return [];
  return [
    {
      code: 'E_DISK_FULL',
      message: `${missing} clones need about ${gigabytes(wanted)} in ${clones}, and ${gigabytes(free)} are free there`,
      fix: 'run fewer, or name a folder on a larger disk: export ARPO_ENV_PROVIDERS_VMWARE_CLONES=/path/to/folder',
    },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
