/** The network of the aws provider's desktops: where they are launched, and whether the env server reaches them. */

import { admission } from '../../aws/rules.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { CLOUD_LIMIT_MS, withFacts } from './on-cloud.js';

/** Between env server and desktop (providers.md §4). */
const DESKTOP_PORTS = [5000, 9222, 8006, 8080, 5910];

const common = { link: 'cloud', limitMs: CLOUD_LIMIT_MS } as const;

export const awsDesktopChecks: readonly Check[] = [
  {
    ...common,
    id: 'aws.desktop-network',
    title: "the desktops' subnet and group exist where the server is",
    needs: ['aws.permissions'],
    run: withFacts(({ desktops, server, region }) => {
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
      if (server !== null && server.vpcId !== desktops.vpcId) {
        return fail({
          seen: `desktops go into ${desktops.vpcId}, and the env server is in ${server.vpcId}`,
          why,
          fix: `AWS_SUBNET_ID=${server.subnetId}`,
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
    run: withFacts(({ desktops, server, prefixLists, region }) => {
      if (desktops?.group == null) return skip('desktops do not come from AWS');
      const source = {
        addresses: server?.privateIp ? [server.privateIp] : [],
        groups: server?.groupIds ?? [],
      };
      const { group } = desktops;
      const closed = DESKTOP_PORTS.filter((port) =>
        /^(closed|other-sources)$/.test(admission([group], port, source, prefixLists).kind),
      );
      if (closed.length === 0) return pass(DESKTOP_PORTS.join(', '));
      const from = server?.privateIp ? `${server.privateIp}/32` : '172.31.0.0/16';
      const trouble = {
        seen: `${group.id} does not admit the env server on port ${closed.join(', ')}`,
        why: 'The server boots a desktop and cannot reach it: resets time out.',
        fix: closed
          .map(
            (port) =>
              `aws ec2 authorize-security-group-ingress --region ${region} --group-id ${group.id} --protocol tcp --port ${port} --cidr ${from}`,
          )
          .join('; '),
      };
      // 8006 and 5910 are for people who watch.
      return closed.some((port) => port === 5000 || port === 9222) ? fail(trouble) : warn(trouble);
    }),
  },
];
