/** The looks, put together: each is one question to one room, asked in the words of this topology. */

import { lookAtCloud } from '../aws/look.js';
import { lookAtCluster } from '../cluster-facts/look.js';
import type { ClusterQuestions } from '../cluster-facts/script.js';
import { isLoopback } from '../lib/addresses.js';
import { once } from '../lib/once.js';
import { needs } from '../providers/traits.js';
import type { Looks } from './context.js';
import { lookAtDocker } from './facts/docker.js';
import { plainSshTunnels } from './facts/plain-ssh.js';
import { lookAtServer } from './facts/server.js';
import { lookAtRecentLog } from './facts/server-log.js';
import { clusterHost, lookAtSshConfig, type SshConfigLook } from './facts/ssh-config.js';
import { readServerToken } from './facts/token.js';
import { lookAtVmware } from './facts/vmware.js';
import type { LookOptions } from './look-options.js';

export function createLooks(options: LookOptions): Looks {
  const { machine, own, config, topology, signal } = options;
  const looks: Looks = {
    runs: once(() => own.runs()),
    token: once(() => readServerToken(config, machine)),
    server: once(async () => lookAtServer(topology.serverUrl, await looks.token(), options)),
    serverLog: once(async () => lookAtRecentLog(await looks.runs(), topology.serverUrl, machine)),
    autoProvider: once(() => own.chooseProvider(config)),
    kvm: once(() => machine.kvm()),
    kvmFailure: once(() => own.kvmFailure()),
    docker: once(() => lookAtDocker(machine, config.providers.docker.image, signal)),
    vmware: once(() => lookAtVmware(machine, config, signal)),
    sshConfig: once(() => lookAtSshConfig(options)),
    plainTunnels: once(() => plainSshTunnels(machine, config.tunnel.remotePort)),
    cluster: once(() => clusterLook(options, looks)),
    cloud: once(async () => cloudLook(options, await looks.sshConfig())),
  };
  return looks;
}

async function clusterLook(options: LookOptions, looks: Looks): ReturnType<Looks['cluster']> {
  const { machine, config, role, topology, signal } = options;
  const questions = clusterQuestions(options);
  if (role === 'cluster') return lookAtCluster({ questions, machine, route: null, signal });
  if (topology.host === null) return { kind: 'none' };
  const ssh = await looks.sshConfig();
  const { acceptNew, identities } = config.tunnel;
  if (ssh.kind === 'refused') return { kind: 'failed', stage: 'config', words: ssh.words };
  const ownForwards = ssh.kind === 'settings' && ssh.forwards;
  const destination = { ...clusterHost(options), identityFiles: identities };
  const route = { destination, acceptNew, ownForwards };
  return lookAtCluster({ questions, machine, route, signal });
}

function clusterQuestions({ config, topology }: LookOptions): ClusterQuestions {
  const { rayPort, repo = '', trainingConfig, condaEnv } = config.cluster;
  const { kind, trainerUrl: url } = topology;
  const port = kind === 'direct' ? Number(url.port || 80) : config.tunnel.remotePort;
  return { url, port, rayPort, repo, trainingConfig, condaEnv };
}

function cloudLook(options: LookOptions, ssh: SshConfigLook): ReturnType<Looks['cloud']> {
  const { machine, aws, config, role, topology, signal } = options;
  const { region, subnetIds, securityGroupIds } = config.providers.aws;
  const { hostname } = topology.trainerUrl;
  return lookAtCloud({
    machine,
    aws,
    isInstance: role === 'ec2',
    region,
    dialled: topology.kind === 'direct' && !isLoopback(hostname) ? hostname : null,
    cluster: topology.host !== null && ssh.kind === 'settings' ? ssh.target.host : null,
    desktops: needs(config.provider, 'ec2')
      ? { subnetId: subnetIds[0], securityGroupId: securityGroupIds[0] }
      : null,
    signal,
  });
}
