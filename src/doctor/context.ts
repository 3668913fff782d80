/** What a check has at hand: the machine, the config, and looks that several checks share and that are made once. */
import type { CloudLook } from '../aws/cloud-facts.js';
import type { ClusterLook } from '../cluster-facts/look.js';
import type { LoadedConfig } from '../config/load.js';
import type { ArpoEnvError } from '../errors.js';
import type { KvmFacts } from '../host/kvm/facts.js';
import type { RunList } from '../runs/registry.js';
import type { DockerLook } from './facts/docker.js';
import type { PlainTunnel } from './facts/plain-ssh.js';
import type { ServerLook } from './facts/server.js';
import type { RecentLog } from './facts/server-log.js';
import type { SshConfigLook } from './facts/ssh-config.js';
import type { TokenLook } from './facts/token.js';
import type { VmwareLook } from './facts/vmware.js';
import type { LookOptions } from './look-options.js';
import type { Own } from './own.js';

export interface CheckContext
  extends Pick<
    LookOptions,
    'machine' | 'own' | 'aws' | 'config' | 'role' | 'topology' | 'sshConfig' | 'signal'
  > {
  /** Null when the config cannot be used; `config` then holds the defaults. */
  loaded: LoadedConfig | null;
  configError: ArpoEnvError | null;
  /** Also what takes longer or starts something, such as a guest under KVM. */
  deep: boolean;
  looks: Looks;
}

/** Each is made when somebody first asks. None rejects but for the run's own end. */
export interface Looks {
  runs(): Promise<RunList>;
  token(): Promise<TokenLook>;
  server(): Promise<ServerLook>;
  serverLog(): Promise<RecentLog | null>;
  autoProvider(): Promise<{ name: string; why: string }>;
  kvm(): Promise<KvmFacts>;
  kvmFailure: Own['kvmFailure'];
  docker(): Promise<DockerLook>;
  vmware(): Promise<VmwareLook>;
  sshConfig(): Promise<SshConfigLook>;
  plainTunnels(): Promise<PlainTunnel[]>;
  cluster(): Promise<ClusterLook>;
  cloud(): Promise<CloudLook>;
}
