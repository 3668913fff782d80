/** Where this user's runs and their logs are recorded. */
import { join } from 'node:path';
import { userFolder } from '../lib/own-folder.js';

export interface StateFolder {
  /** One JSON file per running server or tunnel. */
  runs: string;
  /** Logs of those that run in the background. */
  logs: string;
  /** One folder per desktop of the provider local: its log, its home. */
  desktops: string;
  /** One file per region of AWS into which instances were launched from here. */
  awsRegions: string;
  /** What the provider vmware has: claims of machines, records of clones. */
  vmware: string;
  /** File with the name by which tunnels of this machine know their own sessions on a cluster. */
  machineId: string;
  /** File with the guests that died under KVM. */
  kvmFailures: string;
}

/** `~/.local/state/arpo-env` or what the system has for it; ARPO_ENV_STATE_DIR puts it elsewhere. */
export function stateFolder(env: NodeJS.ProcessEnv): StateFolder {
  // env-paths calls XDG_STATE_HOME `log`: the folder for what is neither configuration nor data nor cache.
  const root = env.ARPO_ENV_STATE_DIR || userFolder('log');
  return {
    runs: join(root, 'runs'),
    logs: join(root, 'logs'),
    desktops: join(root, 'desktops'),
    awsRegions: join(root, 'aws-regions'),
    vmware: join(root, 'vmware'),
    machineId: join(root, 'machine-id'),
    kvmFailures: join(root, 'kvm-failures.json'),
  };
}
