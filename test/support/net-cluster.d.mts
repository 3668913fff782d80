/** Types of net-cluster.mjs. */
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

export interface NetClusterOptions {
  /** An account that is made for the cluster and removed with it. Default: root. */
  account?: string | null;
  /** More lines for sshd_config. */
  settings?: readonly string[];
  /** Which of this process's clusters, when there are several at once: 0 to 60. Default: 0. */
  index?: number;
}

export function startNetCluster(options?: NetClusterOptions): Promise<NetCluster>;

/** A shell command that removes what a killed process left of its cluster; fine where nothing is left. */
export function removalOfNetCluster(options?: Pick<NetClusterOptions, 'account' | 'index'>): string;

export function footprint(pid: number): Promise<{ descriptors: number; sockets: number; rss: number }>;
