/** What a check has at hand: the machine, the config, and looks that several checks share and that are made once. */

import type { CloudLook, OpenEc2 } from '../aws/cloud-facts.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { ArpoEnvError } from '../errors.js';
import type { KvmFacts } from '../host/kvm/facts.js';
import { once } from '../lib/once.js';
import type { RunList } from '../runs/registry.js';
import type { Role } from './check.js';
import { type DockerLook, lookAtDocker } from './facts/docker.js';
import { type PlainTunnel, plainSshTunnels } from './facts/plain-ssh.js';
import { lookAtServer, type ServerLook } from './facts/server.js';
import { lookAtRecentLog, type RecentLog } from './facts/server-log.js';
import { lookAtSshConfig, type SshConfigLook } from './facts/ssh-config.js';
import { readServerToken, type TokenLook } from './facts/token.js';
import { lookAtCloud } from './looks/cloud.js';
import { type ClusterLook, lookAtCluster } from './looks/cluster.js';
import type { System } from './system/system.js';
import type { Topology } from './topology.js';

export interface CheckContext {
  system: System;
  config: Config;
  /** Null when the config cannot be used; `config` then holds the defaults. */
  loaded: LoadedConfig | null;
  configError: ArpoEnvError | null;
  role: Role;
  topology: Topology;
  /** Also what takes longer or starts something, such as a guest under KVM. */
  deep: boolean;
  looks: Looks;
  signal: AbortSignal;
}

/** Each is made when somebody first asks. None rejects but for the run's own end. */
export interface Looks {
  runs(): Promise<RunList>;
  token(): Promise<TokenLook>;
  server(): Promise<ServerLook>;
  serverLog(): Promise<RecentLog | null>;
  autoProvider(): Promise<{ name: string; why: string }>;
  kvm(): Promise<KvmFacts>;
  kvmFailure: System['kvmFailure'];
  docker(): Promise<DockerLook>;
  sshConfig(): Promise<SshConfigLook>;
  plainTunnels(): Promise<PlainTunnel[]>;
  cluster(): Promise<ClusterLook>;
  cloud(): Promise<CloudLook>;
}

export interface LookOptions {
  system: System;
  config: Config;
  role: Role;
  topology: Topology;
  /** `ssh -F`. */
  sshConfig: string | undefined;
  openEc2: OpenEc2;
  signal: AbortSignal;
}

export function createLooks(options: LookOptions): Looks {
  const { system, config, topology } = options;
  const looks: Looks = {
    runs: once(() => system.runs()),
    token: once(() => readServerToken(config, system)),
    server: once(async () => lookAtServer(topology.serverUrl, await looks.token(), options)),
    serverLog: once(async () => lookAtRecentLog(await looks.runs(), topology.serverUrl, system)),
    autoProvider: once(() => system.chooseProvider(config)),
    kvm: once(() => system.kvm()),
    kvmFailure: once(() => system.kvmFailure()),
    docker: once(() => lookAtDocker(options)),
    sshConfig: once(() => lookAtSshConfig(options)),
    plainTunnels: once(() => plainSshTunnels(system, config.tunnel.remotePort, options.signal)),
    cluster: once(async () => lookAtCluster(options, looks)),
    cloud: once(() => lookAtCloud(options)),
  };
  return looks;
}
