/** The network of the aws provider's desktops: where they are launched, and whether the env server reaches them. */

import type { CloudFacts } from '../../aws/cloud-facts.js';
import { admission } from '../../aws/rules.js';
import { shellLine } from '../../shell-words.js';
import { type Check, fail, pass, skip, type Trouble, warn } from '../check.js';
import { CLOUD_LIMIT_MS, withFacts } from './on-cloud.js';

/** What the env server uses of a desktop: agent, CDP, VLC, and the page for those who watch (providers.md §4). */
const DESKTOP_PORTS = [5000, 9222, 8080, 5910];

const common = { link: 'cloud', limitMs: CLOUD_LIMIT_MS } as const;

export const awsDesktopChecks: readonly Check[] = [
  {
    ...common,
    id: 'aws.desktop-network',
    title: "the desktops' subnet and group exist where the server is",
    needs: ['aws.permissions'],
    run: withFacts(({ desktops, server, region }, { config }) => {
      if (desktops === null) return skip('desktops do not come from AWS');
      const why =
        'Desktops are reached at their private addresses, so they must be in the VPC of the env server.';
      if (desktops.vpcId === null)
        return fail({
          seen: `there is no subnet ${desktops.subnetId} in ${region}`,
          why,
          fix: 'correct AWS_SUBNET_ID or AWS_REGION',
        });
      if (desktops.group === null)
        return fail({
          seen: `there is no security group ${desktops.groupId} in ${region}`,
          why,
          fix: 'correct AWS_SECURITY_GROUP_ID or AWS_REGION',
        });
      if (server !== null && server.vpcId !== desktops.vpcId && config.providers.aws.address === 'private') {
        return fail({
          seen: `desktops go into ${desktops.vpcId}, and the env server is in ${server.vpcId}`,
          why,
          fix: `export AWS_SUBNET_ID=${server.subnetId}`,
        });
      }
      return pass(`${desktops.subnetId}, ${desktops.groupId}`);
    }),
  },
  {
    ...common,
    id: 'aws.desktop-ports',
    title: 'the desktops admit the server',
    needs: ['aws.desktop-network'],
    run: withFacts((facts, { config }) => {
      const { desktops, server, prefixLists } = facts;
      if (desktops?.group == null) return skip('desktops do not come from AWS');
      const { group } = desktops;
      const isPrivate = config.providers.aws.address === 'private';
      const address = isPrivate ? server?.privateIp : server?.publicIp;
      const source = {
        addresses: address ? [address] : [],
        // Rules that name a group are for private addresses alone (EC2 user guide, Security group rules).
        groups: isPrivate ? (server?.groupIds ?? []) : [],
      };
      const closed = DESKTOP_PORTS.filter((port) =>
        /^(closed|other-sources)$/.test(admission([group], port, source, prefixLists).kind),
      );
      if (closed.length === 0) return pass(DESKTOP_PORTS.join(', '));
      const trouble: Trouble = {
        seen: `${group.id} does not admit the env server on port ${closed.join(', ')}`,
        why: 'The server boots a desktop and cannot reach it: resets time out.',
        ...admit(facts, { groupId: group.id, ports: closed, isPrivate }),
      };
      // 8080 and 5910 are for tasks with VLC and for people who watch.
      return closed.some((port) => port === 5000 || port === 9222) ? fail(trouble) : warn(trouble);
    }),
  },
];

/** Opens the ports of the desktops' group for the env server alone, and nothing else. */
function admit(
  { region, server, ec2 }: CloudFacts,
  { groupId, ports, isPrivate }: { groupId: string; ports: readonly number[]; isPrivate: boolean },
): Pick<Trouble, 'fix' | 'safeFix'> {
  if (server?.privateIp == null && isPrivate) return { fix: 'export ARPO_ENV_PROVIDERS_AWS_ADDRESS=public' };
  if (server?.privateIp == null || !isPrivate) {
    // By which address we come is for AWS to say, and who else comes by it is not known here.
    return { fix: authorizeCommand(region, groupId, ports, '$(curl -fsS https://checkip.amazonaws.com)/32') };
  }
  // A group that desktops are in themselves would let them reach each other.
  const [ownGroup] = server.groupIds.includes(groupId) ? [] : server.groupIds;
  const source = ownGroup ?? `${server.privateIp}/32`;
  const command = authorizeCommand(region, groupId, ports, source);
  const apply = async () => {
    for (const port of ports) await ec2.authorize(groupId, port, source);
  };
  return { fix: command, safeFix: { command, apply } };
}

/** In double quotes, so that the shell may find `source` out. */
function authorizeCommand(region: string, groupId: string, ports: readonly number[], source: string): string {
  const from = source.startsWith('sg-')
    ? `UserIdGroupPairs=[{GroupId=${source}}]`
    : `IpRanges=[{CidrIp=${source}}]`;
  const start = ['aws', 'ec2', 'authorize-security-group-ingress', '--region', region, '--group-id', groupId];
  const rules = ports.map((port) => `"IpProtocol=tcp,FromPort=${port},ToPort=${port},${from}"`);
  return [shellLine([...start, '--ip-permissions']), ...rules].join(' ');
}
