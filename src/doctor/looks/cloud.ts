/** What EC2 says about the env machine and the desktops' network: asked only where AWS is part of the topology. */
import { isIP } from 'node:net';
import type { CloudFacts, CloudLook, DesktopNetwork, Ec2, Ec2Instance } from '../../aws/cloud-facts.js';
import { isLoopback } from '../../lib/addresses.js';
import type { LookOptions } from '../context.js';
import { sshDestination } from '../facts/ssh-config.js';

/** Never throws but for the signal's reason. */
export async function lookAtCloud(options: LookOptions): Promise<CloudLook> {
  const { system, config, role, topology, signal } = options;
  const { region: configured } = config.providers.aws;
  const metadata = role === 'ec2' ? await system.metadata(signal) : null;
  const region = configured ?? metadata?.region ?? system.env.AWS_REGION ?? system.env.AWS_DEFAULT_REGION;
  const dialled = topology.kind === 'direct' && !isLoopback(topology.trainerUrl.hostname);
  if (role !== 'ec2' && config.provider !== 'aws' && !(dialled && region !== undefined)) {
    return { kind: 'none', why: 'AWS is no part of this topology' };
  }
  if (region === undefined)
    return config.provider === 'aws' ? { kind: 'no-region' } : { kind: 'none', why: 'no region is known' };
  try {
    const ec2 = await options.openEc2(region);
    const lookedFor = metadata?.instanceId ?? (dialled ? await addressOf(options) : null);
    const server = lookedFor === null ? null : await findServer(ec2, lookedFor);
    return { kind: 'facts', facts: await gather(options, ec2, region, server, lookedFor) };
  } catch (error) {
    signal.throwIfAborted();
    return failed(error);
  }
}

async function gather(
  options: LookOptions,
  ec2: Ec2,
  region: string,
  server: Ec2Instance | null,
  lookedFor: string | null,
): Promise<CloudFacts> {
  const clusterAddresses = await addressesOfCluster(options);
  const [groups, acl, routes, cluster, desktops] = await Promise.all([
    server ? ec2.groups(server.groupIds) : [],
    server?.subnetId ? ec2.aclEntries(server.subnetId) : [],
    server?.subnetId && server.vpcId ? ec2.routes(server.subnetId, server.vpcId) : [],
    clusterAddresses[0] === undefined ? [] : ec2.instances({ address: clusterAddresses[0] }),
    desktopNetwork(options, ec2),
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

async function addressOf({ system, topology }: LookOptions): Promise<string | null> {
  const { hostname } = topology.trainerUrl;
  if (isIP(hostname)) return hostname;
  return (await system.lookup(hostname))[0] ?? null;
}

/** Where it is dialled is mostly where it comes from; behind a NAT it is not, and the finding names what it took. */
async function addressesOfCluster({ system, topology }: LookOptions): Promise<string[]> {
  if (topology.host === null) return [];
  const name = sshDestination(topology.host).destination.replace(/^.*@/, '');
  return isIP(name) ? [name] : system.lookup(name);
}

async function desktopNetwork({ config }: LookOptions, ec2: Ec2): Promise<DesktopNetwork | null> {
  const { subnetId, securityGroupId } = config.providers.aws;
  if (config.provider !== 'aws' || subnetId === undefined || securityGroupId === undefined) return null;
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

/** Names of the SDK's and EC2's errors (EC2 API reference, Error codes). */
function failed(error: unknown): CloudLook {
  const { name, message } = error as Error;
  if (name === 'CredentialsProviderError')
    return { kind: 'no-credentials', words: message.split('\n')[0] ?? message };
  if (
    /^(AuthFailure|InvalidClientTokenId|ExpiredToken|RequestExpired|SignatureDoesNotMatch|UnrecognizedClientException)/.test(
      name,
    )
  ) {
    return { kind: 'bad-credentials', words: `${name}: ${message}` };
  }
  if (/^(UnauthorizedOperation|AccessDenied)/.test(name)) return { kind: 'denied', words: message };
  return { kind: 'failed', words: `${name}: ${message}` };
}
