import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface NetCluster extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly namespace: string;
  readonly folder: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly configFile: string;
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  output(command: string, args: readonly string[]): Promise<string>;
  startSshd(): Promise<void>;
  stopSshd(): Promise<void>;
  cut(): Promise<void>;
  restore(): Promise<void>;
  sessions(): Promise<number[]>;
  signalSessions(name: NodeJS.Signals): Promise<void>;
  listeners(): Promise<string[]>;
}

export function startNetCluster(options?: {
  /** An account that is made for the cluster and removed with it. Default: root. */
  account?: string | null;
  /** More lines for sshd_config. */
  settings?: readonly string[];
}): Promise<NetCluster>;

export function footprint(pid: number): Promise<{ descriptors: number; sockets: number; rss: number }>;
