/** What arpo-env itself has on this machine: its runs, and its providers. */
import type { Config } from '../config/schema.js';
import { type Problem, toArpoEnvError } from '../errors.js';
import type { InstallationStatus } from '../evaluators/osworld/status.js';
import { type KvmFailure, recallKvmFailure, thisMachine } from '../host/kvm/failures.js';
import { ownerName } from '../host/owner.js';
import { patchVmx, readVmx, type Vmx, type VmxChanges } from '../providers/vmware/vmx.js';
import { listRuns, type RunList } from '../runs/registry.js';
import { stateFolder } from '../runs/state-folder.js';

/** A test puts a double here. */
export interface Own {
  runs(): Promise<RunList>;
  /** What real guests died of under KVM here, with the file that remembers it; null when none did. */
  kvmFailure(): Promise<{ failure: KvmFailure; file: string } | null>;
  /** What `auto` would take here, and why. */
  chooseProvider(config: Config): Promise<{ name: string; why: string }>;
  /** What is installed of OSWorld's evaluators. */
  evaluators(config: Config): Promise<InstallationStatus>;
  /** Who owns what we launch: this user on this machine. */
  owner(): Promise<string>;
  /** Into which desktops on EC2 were launched from here. */
  awsRegions(): Promise<string[]>;
  /** A virtual machine's .vmx file, and new values for it: of one that is off. */
  readVmx(file: string): Promise<Vmx>;
  patchVmx(file: string, changes: VmxChanges): Promise<void>;
  /** What the configured provider itself finds wrong. */
  preflight(config: Config): Promise<Problem[]>;
}

export function localOwn(env: NodeJS.ProcessEnv): Own {
  return {
    runs: () => listRuns(stateFolder(env).runs),
    async kvmFailure() {
      const file = stateFolder(env).kvmFailures;
      const failure = await recallKvmFailure(file, await thisMachine());
      return failure && { failure, file };
    },
    async chooseProvider(config) {
      const { provider, why } = await createProvider(config);
      return { name: provider.name, why };
    },
    evaluators: async ({ evaluators }) =>
      (await import('../evaluators/osworld/status.js')).installationStatus(evaluators),
    owner: ownerName,
    awsRegions: async () =>
      (await import('../providers/aws/regions.js')).knownRegions(stateFolder(env).awsRegions),
    readVmx,
    patchVmx,
    async preflight(config) {
      try {
        return await (await createProvider(config)).provider.preflight();
      } catch (error) {
        return [toArpoEnvError(error).toJSON()];
      }
    },
  };
}

/** Loaded when it is asked for: it brings all providers along. */
async function createProvider(config: Config) {
  return (await import('../providers/index.js')).createProvider(config);
}
