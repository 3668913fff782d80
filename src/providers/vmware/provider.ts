/**
 * The vmware provider: virtual machines of VMware Fusion or Workstation, brought back by a snapshot between episodes. One
 * desktop is the named machine itself; several are linked clones of it; or those of a folder, each as it is.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ArpoEnvError, type Problem } from '../../errors.js';
import { type Claim, type FoundClaim, isClaim } from '../../host/claim.js';
import { terminateProcess } from '../../host/process.js';
import { messageOf } from '../../lib/errno.js';
import { Shared } from '../../lib/once.js';
import { userFolder } from '../../lib/own-folder.js';
import { clearLeftDesktops } from '../../runs/left-desktops.js';
import { stateFolder } from '../../runs/state-folder.js';
import type { DesktopProvider, StartOptions } from '../provider.js';
import { dropClone, takeClone } from './clones.js';
import { VmwareDesktop } from './desktop.js';
import { findVmrun } from './find-vmrun.js';
import { findLeftMachines } from './left-desktops.js';
import { findProblems } from './preflight.js';
import { type CloneRecord, livingRun, nameOf, Registry } from './registry.js';
import { type MachineSettings, run, runFromSnapshot, takeInitialSnapshot } from './run-machine.js';
import { Vmrun, type VmrunLimits } from './vmrun.js';

export interface VmwareProviderOptions {
  /** Path of vmrun. Default: it is looked for. */
  vmrun?: string | undefined;
  /** The .vmx file of the machine that is the desktop, or is cloned. */
  vmx?: string | undefined;
  /** Folder with machines, each of which is a desktop. */
  folder?: string | undefined;
  /** The snapshot that episodes begin from. */
  snapshot: string;
  /** Folder for clones. Default: in this user's data. */
  clones?: string | undefined;
  /** Show the machines' windows. */
  gui: boolean;
  /** Port of the page on which a person watches, in the guest. */
  watchPort?: number | undefined;
  /** How many desktops there will be at once: of one machine, more than one are clones. */
  desktops: number;
  /** Default: this process's environment. */
  env?: NodeJS.ProcessEnv | undefined;
  /** What does not keep a desktop from starting but should be known, one sentence each. Default: nobody hears it. */
  onWarning?: ((text: string) => void) | undefined;
  /** For tests: vmrun's time limits, and milliseconds between questions for an address. */
  limits?: VmrunLimits | undefined;
  pollMs?: number | undefined;
}

const TERMINATE_GRACE_MS = 5000;
const never = new AbortController().signal;

/** A machine in our hands. */
interface Taken {
  vmx: string;
  claim: Claim;
  clone: CloneRecord | null;
  /** A person had it running, and it is still what they had. */
  isSomebodys: boolean;
}

export class VmwareProvider implements DesktopProvider {
  readonly name = 'vmware';
  readonly capacity: number | undefined;
  readonly #options: VmwareProviderOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #registry: Registry;
  readonly #state: string;
  readonly #vmrun: Shared<Vmrun>;

  constructor(options: VmwareProviderOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#state = stateFolder(this.#env).vmware;
    this.#registry = new Registry(this.#state);
    this.#vmrun = new Shared(() => this.#prepare());
    if (options.folder !== undefined) this.capacity = machinesIn(options.folder).length;
  }

  async preflight(): Promise<Problem[]> {
    const { folder, vmx, desktops } = this.#options;
    return findProblems({
      ...this.#options,
      env: this.#env,
      registry: this.#registry,
      machines: folder === undefined ? (vmx === undefined ? [] : [vmx]) : machinesIn(folder),
      clones: folder === undefined && desktops > 1 ? this.#clones : null,
    });
  }

  /** Throws E_VMWARE, E_OUT_OF_MEMORY, E_DISK_FULL, E_BOOT_FAILED, E_TIMEOUT, or the signal's reason. */
  async start(options: StartOptions): Promise<VmwareDesktop> {
    const { signal, onProgress } = options;
    signal.throwIfAborted();
    onProgress({ phase: 'asking VMware' });
    const plain = await this.#vmrun.get(signal);
    const taken = await this.#take(plain, options);
    const { vmx, claim, clone } = taken;
    const vmrun = plain.watched((runs) => claim.annotate({ vmx, vmrun: plain.program, runs }));
    const settings = this.#settings(vmx);
    try {
      await this.#ensureOff(plain, taken, signal);
      const endpoints = await this.#bringUp(vmrun, settings, taken, options);
      signal.throwIfAborted();
      const giveBack = async () => claim[Symbol.asyncDispose]();
      return new VmwareDesktop({
        id: nameOf(vmx),
        vmrun,
        settings,
        endpoints,
        isClone: clone !== null,
        giveBack,
      });
    } catch (error) {
      await this.#undo(plain, taken, onProgress);
      throw error;
    }
  }

  get #clones(): string {
    return this.#options.clones ?? join(userFolder('data'), 'vmware');
  }

  #settings(vmx: string): MachineSettings {
    const { snapshot, gui, watchPort, pollMs } = this.#options;
    return { vmx, snapshot, gui, watchPort, env: this.#env, pollMs };
  }

  /** What dead servers left is put in order once, before this one takes its own. */
  async #prepare(): Promise<Vmrun> {
    const { vmrun, limits } = this.#options;
    const program = await findVmrun(vmrun, this.#env);
    await clearLeftDesktops(
      () => findLeftMachines(this.#state, this.#env),
      (text) => this.#options.onWarning?.(text),
    );
    return new Vmrun({ program, env: this.#env, limits });
  }

  async #take(vmrun: Vmrun, start: StartOptions): Promise<Taken> {
    const { vmx, folder, desktops } = this.#options;
    if (folder === undefined && vmx !== undefined && desktops > 1) {
      const { clone, claim } = await takeClone({
        ...{ vmrun, start, registry: this.#registry, folder: this.#clones },
        lock: join(this.#state, 'cloning.json'),
        settings: this.#settings(vmx),
      });
      return { vmx: clone.vmx, claim, clone, isSomebodys: false };
    }
    const machines = folder === undefined ? [vmx ?? ''] : machinesIn(folder);
    const holders: FoundClaim[] = [];
    for (const machine of machines) {
      const claim = await this.#registry.claim(machine, vmrun.program);
      if (isClaim(claim)) return { vmx: machine, claim, clone: null, isSomebodys: false };
      holders.push(claim);
    }
    throw allTaken(machines, holders);
  }

  /** A server that was killed may have left it in any state, and a vmrun that goes on with it; or a person has it running. */
  async #ensureOff(vmrun: Vmrun, taken: Taken, signal: AbortSignal): Promise<void> {
    const { vmx, claim, clone } = taken;
    const runs = await livingRun(claim.before);
    if (runs !== null) await terminateProcess(runs, { graceMs: TERMINATE_GRACE_MS });
    if (!(await vmrun.isRunning(vmx, signal))) return;
    if (clone !== null || claim.before !== null) return vmrun.stop(vmx, signal, 'hard');
    taken.isSomebodys = true;
    this.#options.onWarning?.(
      `${vmx} was running already: every episode begins from its snapshot, without what was open in it`,
    );
  }

  async #bringUp(vmrun: Vmrun, settings: MachineSettings, taken: Taken, start: StartOptions) {
    const { vmx, snapshot } = settings;
    const { clone } = taken;
    const onReverted = () => {
      taken.isSomebodys = false;
    };
    const hasSnapshot = clone?.isPrepared ?? (await vmrun.snapshots(vmx, start.signal)).includes(snapshot);
    if (hasSnapshot) return runFromSnapshot(vmrun, settings, start, onReverted);
    const endpoints = await run(vmrun, settings, start);
    await takeInitialSnapshot(vmrun, settings, endpoints, start);
    if (clone) await this.#registry.recordClone({ ...clone, isPrepared: true });
    else
      this.#options.onWarning?.(
        `${vmx} had no snapshot ${snapshot}: it was taken now, and every episode begins from it`,
      );
    return endpoints;
  }

  /** Why it did not start counts for more than what could not be put in order, which the next server's start tries again. */
  async #undo(
    vmrun: Vmrun,
    { vmx, claim, clone, isSomebodys }: Taken,
    onProgress: StartOptions['onProgress'],
  ): Promise<void> {
    try {
      const present = clone && (await this.#registry.clones()).find(({ name }) => name === clone.name);
      if (present && !present.isPrepared) await dropClone(vmrun, this.#registry, present, never);
      // Powering it off would take from a person what is open in it.
      else if (!isSomebodys) await vmrun.stop(vmx, never, 'hard');
    } catch (failure) {
      onProgress({ phase: 'cleaning up', detail: messageOf(failure) });
      // What may still run stays ours, so that it is found when this server has ended.
      if (await vmrun.isRunning(vmx, never).catch(() => true)) return;
    }
    await claim[Symbol.asyncDispose]();
  }
}

/** The .vmx files in a folder and in those right below it, as VMware and OSWorld lay them out. Empty when it cannot be read. */
function machinesIn(folder: string): string[] {
  const below = (path: string) => {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch {
      return [];
    }
  };
  const vmxIn = (path: string) =>
    below(path).flatMap((entry) =>
      entry.isFile() && /\.vmx$/i.test(entry.name) ? [join(path, entry.name)] : [],
    );
  const folders = below(folder).filter((entry) => entry.isDirectory());
  return [...vmxIn(folder), ...folders.flatMap(({ name }) => vmxIn(join(folder, name)))].sort();
}

function allTaken(machines: readonly string[], holders: readonly FoundClaim[]): ArpoEnvError {
  const pids = [...new Set(holders.map(({ holder }) => holder.pid))].join(', ');
  return new ArpoEnvError({
    code: 'E_VMWARE',
    message: `${machines.length === 1 ? `${machines[0]} is` : `all ${machines.length} machines are`} in use by an env server already (pid ${pids})`,
    fix: 'stop that server (arpo-env stop), or name another machine: providers.vmware.vmx',
  });
}
