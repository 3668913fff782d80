/** What checks ask of EC2, through AWS's SDK. */
import type { DescribeInstancesResult, Instance, IpPermission } from '@aws-sdk/client-ec2';
import { loadEc2 } from './client.js';
import type { AclEntry, Ec2, Ec2Instance, IngressRule } from './cloud-facts.js';

export async function openEc2(region: string): Promise<Ec2> {
  const { sdk, client } = await loadEc2(region, { maxAttempts: 2 });
  return {
    async instances(by) {
      if ('id' in by)
        return instancesOf(await client.send(new sdk.DescribeInstancesCommand({ InstanceIds: [by.id] })));
      const found = await Promise.all(
        ['ip-address', 'private-ip-address'].map((Name) =>
          client.send(new sdk.DescribeInstancesCommand({ Filters: [{ Name, Values: [by.address] }] })),
        ),
      );
      return found.flatMap(instancesOf);
    },
    async groups(ids) {
      if (ids.length === 0) return [];
      const { SecurityGroups = [] } = await client.send(
        new sdk.DescribeSecurityGroupsCommand({ GroupIds: [...ids] }),
      );
      return SecurityGroups.map(({ GroupId = '', GroupName = '', IpPermissions = [] }) => ({
        id: GroupId,
        name: GroupName,
        ingress: IpPermissions.map(ruleOf),
      }));
    },
    async vpcOf(subnetId) {
      const Filters = [{ Name: 'subnet-id', Values: [subnetId] }];
      const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({ Filters }));
      return Subnets[0]?.VpcId ?? null;
    },
    async aclEntries(subnetId) {
      const Filters = [{ Name: 'association.subnet-id', Values: [subnetId] }];
      const { NetworkAcls = [] } = await client.send(new sdk.DescribeNetworkAclsCommand({ Filters }));
      return (NetworkAcls[0]?.Entries ?? []).map(
        (entry): AclEntry => ({
          number: entry.RuleNumber ?? 0,
          egress: entry.Egress ?? false,
          allow: entry.RuleAction === 'allow',
          protocol: entry.Protocol ?? '-1',
          cidr: entry.CidrBlock ?? entry.Ipv6CidrBlock ?? '0.0.0.0/0',
          fromPort: entry.PortRange?.From ?? 0,
          toPort: entry.PortRange?.To ?? 65_535,
        }),
      );
    },
    async routes(subnetId, vpcId) {
      const tables = async (Filters: { Name: string; Values: string[] }[]) =>
        (await client.send(new sdk.DescribeRouteTablesCommand({ Filters }))).RouteTables ?? [];
      const [own] = await tables([{ Name: 'association.subnet-id', Values: [subnetId] }]);
      const [main] = own
        ? [own]
        : await tables([
            { Name: 'vpc-id', Values: [vpcId] },
            { Name: 'association.main', Values: ['true'] },
          ]);
      return (main?.Routes ?? []).map((route) => ({
        cidr: route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? '',
        target:
          route.State === 'blackhole'
            ? null
            : (route.GatewayId ??
              route.NatGatewayId ??
              route.TransitGatewayId ??
              route.NetworkInterfaceId ??
              null),
      }));
    },
    async prefixList(id) {
      const { Entries = [] } = await client.send(
        new sdk.GetManagedPrefixListEntriesCommand({ PrefixListId: id }),
      );
      return Entries.flatMap(({ Cidr }) => (Cidr === undefined ? [] : [Cidr]));
    },
    async mayRunInstances(subnetId, groupId) {
      try {
        // The image need not exist: permissions are judged before (EC2 API reference, DryRun).
        await client.send(
          new sdk.RunInstancesCommand({
            ...{
              DryRun: true,
              ImageId: 'ami-00000000000000000',
              InstanceType: 't3.xlarge',
              MinCount: 1,
              MaxCount: 1,
            },
            ...{ SubnetId: subnetId, SecurityGroupIds: [groupId] },
          }),
        );
        return 'unknown';
      } catch (error) {
        const { name, message } = error as Error;
        if (name === 'DryRunOperation') return 'allowed';
        return name === 'UnauthorizedOperation' ? { denied: message } : 'unknown';
      }
    },
    async authorize(groupId, port, source) {
      const Description = 'arpo-env';
      const from = source.startsWith('sg-')
        ? { UserIdGroupPairs: [{ GroupId: source, Description }] }
        : source.includes(':')
          ? { Ipv6Ranges: [{ CidrIpv6: source, Description }] }
          : { IpRanges: [{ CidrIp: source, Description }] };
      const IpPermissions = [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...from }];
      await client.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions }));
    },
  };
}

function instancesOf({ Reservations = [] }: DescribeInstancesResult): Ec2Instance[] {
  return Reservations.flatMap(({ Instances = [] }) =>
    Instances.map((instance) => ({
      id: instance.InstanceId ?? '',
      state: instance.State?.Name ?? 'unknown',
      publicIp: instance.PublicIpAddress || null,
      privateIp: instance.PrivateIpAddress || null,
      vpcId: instance.VpcId ?? null,
      subnetId: instance.SubnetId ?? null,
      groupIds: groupsOf(instance),
    })),
  );
}

/** Those of the first network interface, and those of further ones. */
function groupsOf({ SecurityGroups = [], NetworkInterfaces = [] }: Instance): string[] {
  const all = [...SecurityGroups, ...NetworkInterfaces.flatMap(({ Groups = [] }) => Groups)];
  return [...new Set(all.flatMap(({ GroupId }) => GroupId ?? []))];
}

function ruleOf(permission: IpPermission): IngressRule {
  const { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission;
  return {
    protocol: permission.IpProtocol ?? '-1',
    fromPort: permission.FromPort ?? 0,
    toPort: permission.ToPort ?? 65_535,
    cidrs: [
      ...IpRanges.flatMap(({ CidrIp }) => CidrIp ?? []),
      ...Ipv6Ranges.flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ],
    prefixListIds: PrefixListIds.flatMap(({ PrefixListId }) => PrefixListId ?? []),
    groupIds: UserIdGroupPairs.flatMap(({ GroupId }) => GroupId ?? []),
  };
}
