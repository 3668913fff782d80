/** arpo-env as a service of the machine: what systemd and launchd have in common. */
import { ArpoEnvError } from '../../errors.js';
import type { Sleep } from '../../lib/wait.js';
import type { ServiceKind } from '../kinds.js';
import type { RunCommand } from './run-command.js';

/** `user`: runs as this user, no root needed. `system`: starts with the machine, needs root to install. */
export type ServiceScope = 'user' | 'system';

export interface ServiceSpec {
  kind: ServiceKind;
  /** What follows `arpo-env serve` or `arpo-env tunnel`. Every user of the machine can see it: no secrets. */
  args: readonly string[];
  /** Where it runs: relative paths and the search for a config start here. */
  workingDirectory: string;
  /** False when it starts programs that are setuid root, such as VMware's on Linux. */
  noNewPrivileges: boolean;
}

export interface ServiceFile {
  path: string;
  text: string;
}

export interface ServiceStatus {
  kind: ServiceKind;
  /** `not installed`, or the service manager's own word such as `active` or `failed`. */
  state: string;
  pid: number | null;
  file: string;
}

export interface ServiceManager {
  readonly name: 'systemd' | 'launchd';
  /** File for secrets such as ARPO_ENV_TOKEN, one NAME=value a line. */
  environmentFile(kind: ServiceKind): string;
  /** What its owner should know after `install`, in lines. */
  notes(kind: ServiceKind): string[];
  /** What `install` writes. Throws E_USAGE for what the format cannot express. */
  render(spec: ServiceSpec): Promise<ServiceFile>;
  /** Writes the file, makes the service start with the session or machine, and starts it now. Throws E_SERVICE. */
  install(spec: ServiceSpec, signal: AbortSignal): Promise<void>;
  status(kind: ServiceKind, signal: AbortSignal): Promise<ServiceStatus>;
  /** Stops it and removes its file; false when it was not installed. */
  uninstall(kind: ServiceKind, signal: AbortSignal): Promise<boolean>;
}

/** What a service manager needs to know of the machine. */
export interface ServiceContext {
  scope: ServiceScope;
  run: RunCommand;
  home: string;
  /** Folder of this user's settings, or /etc/arpo-env. */
  configFolder: string;
  user: { name: string; uid: number };
  /** This process may change what belongs to the machine. */
  isRoot: boolean;
  /** PATH of whoever installs: docker, vmrun and ssh are found as they are now. */
  path: string;
  /** Interpreter and script that are arpo-env. */
  executable: readonly [node: string, script: string];
  /** For tests: the clock. */
  sleep?: Sleep;
}

/** Throws E_NO_PERMISSION when a service of the machine is changed by somebody else than root. */
export function requireRoot({ scope, isRoot, user }: ServiceContext): void {
  if (scope === 'user' || isRoot) return;
  throw new ArpoEnvError({
    code: 'E_NO_PERMISSION',
    message: `a service of the machine needs root, and this is ${user.name}`,
    fix: 'run it with sudo, or leave out --system for a service of this user',
  });
}
