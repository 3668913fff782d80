/** What EC2 says about the env machine and the desktops' network: asked only where AWS is part of the topology. */
import { isIP } from 'node:net';
import type { HostFacts, HostNetwork } from '../host/host.js';
import type { Aws } from './aws.js';
import type { CloudFacts, CloudLook, DesktopNetwork, Ec2, Ec2Instance } from './cloud-facts.js';
import { failureOf } from './errors.js';

export interface CloudQuestions {
  machine: Pick<HostFacts & HostNetwork, 'env' | 'lookup'>;
  aws: Aws;
  /** This machine is an EC2 instance. */
  isInstance: boolean;
  /** Default: the instance's own, else that of AWS's environment variables. */
  region: string | undefined;
  /** Host by which the trainer dials the env machine; null when it does not. */
  dialled: string | null;
  /** Name or address of the cluster; null when none is known. */
  cluster: string | null;
  /** Where desktops are EC2 instances: what the config says of their network; what it does not say is the instance's own. Null elsewhere. */
  desktops: { subnetId: string | undefined; securityGroupId: string | undefined } | null;
  signal: AbortSignal;
}

/** Never throws but for the signal's reason. */
export async function lookAtCloud(questions: CloudQuestions): Promise<CloudLook> {
  const { machine, aws, isInstance, dialled, desktops, signal } = questions;
  const metadata = isInstance ? await aws.metadata(signal) : null;
  const { AWS_REGION, AWS_DEFAULT_REGION } = machine.env;
  const region = questions.region ?? metadata?.region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (!isInstance && desktops === null && (dialled === null || region === undefined)) {
    return { kind: 'none', why: 'AWS is not part of this topology' };
  }
  if (region === undefined)
    return desktops === null ? { kind: 'none', why: 'no region is known' } : { kind: 'no-region' };
  try {
    const ec2 = await aws.open(region);
    const lookedFor =
      metadata?.instanceId ?? (dialled === null ? null : ((await addressesOf(machine, dialled))[0] ?? null));
    const server = lookedFor === null ? null : await findServer(ec2, lookedFor);
    return { kind: 'facts', facts: await gather(questions, ec2, region, server, lookedFor) };
  } catch (error) {
    signal.throwIfAborted();
    return failed(error);
  }
}

async function gather(
  { machine, cluster: name, desktops: network }: CloudQuestions,
  ec2: Ec2,
  region: string,
  server: Ec2Instance | null,
  lookedFor: string | null,
): Promise<CloudFacts> {
  // Where it is dialled is mostly where it comes from; behind a NAT it is not, and the finding names what it took.
  const clusterAddresses = name === null ? [] : await addressesOf(machine, name);
  const [groups, acl, routes, cluster, desktops] = await Promise.all([
    server ? ec2.groups(server.groupIds) : [],
    server?.subnetId ? ec2.aclEntries(server.subnetId) : [],
    server?.subnetId && server.vpcId ? ec2.routes(server.subnetId, server.vpcId) : [],
    clusterAddresses[0] === undefined ? [] : ec2.instances({ address: clusterAddresses[0] }),
    desktopNetwork(network, server, ec2),
  ]);
  const rules = [...groups, ...(desktops?.group ? [desktops.group] : [])].flatMap(({ ingress }) => ingress);
  const ids = [...new Set(rules.flatMap(({ prefixListIds }) => prefixListIds))];
  const lists = await Promise.all(ids.map(async (id) => [id, await ec2.prefixList(id)] as const));
  return {
    region,
    server,
    lookedFor,
    groups,
    acl,
    routes,
    prefixLists: new Map(lists),
    clusterAddresses: [...clusterAddresses, ...cluster.flatMap(({ privateIp }) => privateIp ?? [])],
    clusterGroups: cluster.flatMap(({ groupIds }) => groupIds),
    desktops,
    ec2,
  };
}

async function findServer(ec2: Ec2, lookedFor: string): Promise<Ec2Instance | null> {
  const found = await ec2.instances(lookedFor.startsWith('i-') ? { id: lookedFor } : { address: lookedFor });
  return found[0] ?? null;
}

async function addressesOf(machine: Pick<HostNetwork, 'lookup'>, host: string): Promise<string[]> {
  return isIP(host) ? [host] : machine.lookup(host);
}

async function desktopNetwork(
  desktops: CloudQuestions['desktops'],
  server: Ec2Instance | null,
  ec2: Ec2,
): Promise<DesktopNetwork | null> {
  if (desktops === null) return null;
  const { subnetId = server?.subnetId, securityGroupId = server?.groupIds[0] } = desktops;
  if (!subnetId || !securityGroupId) return null;
  const [vpcId, groups, mayRun] = await Promise.all([
    ec2.vpcOf(subnetId),
    ec2.groups([securityGroupId]).catch((error: Error) => {
      if (error.name === 'InvalidGroup.NotFound') return [];
      throw error;
    }),
    ec2.mayRunInstances(subnetId, securityGroupId),
  ]);
  return { subnetId, vpcId, group: groups[0] ?? null, groupId: securityGroupId, mayRun };
}

function failed(error: unknown): CloudLook {
  const { name, message } = error as Error;
  switch (failureOf(error)) {
    case 'no-credentials':
      return { kind: 'no-credentials', words: message.split('\n')[0] ?? message };
    case 'bad-credentials':
      return { kind: 'bad-credentials', words: `${name}: ${message}` };
    case 'denied':
      return { kind: 'denied', words: message };
    default:
      return { kind: 'failed', words: `${name}: ${message}` };
  }
}
