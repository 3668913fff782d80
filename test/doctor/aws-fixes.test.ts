/** What the doctor offers to change in the user's AWS account, and what it only prints. */
import { expect, test } from 'vitest';
import { TAGS } from '../../src/aws/fleet.js';
import { applyFixes, offeredFixes } from '../../src/doctor/fix.js';
import { group } from '../support/fake-ec2.js';
import { directWorld, OWNER, World } from './world.js';

const { signal } = new AbortController();

/** On an instance, with desktops in group sg-2. */
function awsWorld(changes: object = {}): World {
  const world = directWorld();
  const aws = { region: 'us-east-1', subnetIds: ['subnet-1'], securityGroupIds: ['sg-2'], ...changes };
  world.config = { ...world.config, provider: 'aws', providers: { aws } };
  world.only = ['aws'];
  return world;
}

async function finding(world: World, id: string) {
  const report = await world.examine();
  const found = report.results.find(({ check }) => check.id === id)?.finding;
  if (!found || !('fix' in found)) throw new Error(`${id}: ${found?.status} ${found?.seen}`);
  const fixes = offeredFixes(report).filter(({ check }) => check.id === id);
  await applyFixes(fixes, async () => true, signal);
  return { ...found, offers: fixes.map(({ fix }) => fix.command) };
}

test('missing ports are opened for the group of the env server, and only those', async () => {
  const world = awsWorld();
  world.ec2.desktopGroup = group('sg-2', [
    [22, '0.0.0.0/0'],
    [5000, '10.0.0.0/16'],
  ]);
  const { seen, fix, offers } = await finding(world, 'aws.desktop-ports');
  expect(seen).toBe('sg-2 does not admit the env server on port 9222, 8080, 5910');
  const rule = (port: number) =>
    `"IpProtocol=tcp,FromPort=${port},ToPort=${port},UserIdGroupPairs=[{GroupId=sg-1}]"`;
  expect(fix).toBe(
    `aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-2 --ip-permissions ${rule(9222)} ${rule(8080)} ${rule(5910)}`,
  );
  expect(offers).toEqual([fix]);
  expect(world.ec2.authorized).toEqual(['sg-2 9222 sg-1', 'sg-2 8080 sg-1', 'sg-2 5910 sg-1']);
});

test('where server and desktops share a group, the rule is for the server’s address: desktops shall not reach each other', async () => {
  const world = awsWorld();
  world.ec2.desktopGroup = group('sg-2', []);
  if (world.ec2.server) world.ec2.server.groupIds = ['sg-1', 'sg-2'];
  const { fix } = await finding(world, 'aws.desktop-ports');
  expect(fix).toContain('IpRanges=[{CidrIp=10.0.0.7/32}]');
  expect(new Set(world.ec2.authorized.map((rule) => rule.split(' ')[2]))).toEqual(new Set(['10.0.0.7/32']));
});

test('at public addresses nothing is opened by itself', async () => {
  const world = awsWorld({ address: 'public' });
  world.ec2.desktopGroup = group('sg-2', []);
  const { fix, offers } = await finding(world, 'aws.desktop-ports');
  expect(fix).toContain('IpRanges=[{CidrIp=$(curl -fsS https://checkip.amazonaws.com)/32}]"');
  expect([offers, world.ec2.authorized]).toEqual([[], []]);
});

test('what is denied comes with the command that allows it, for the role that AWS names', async () => {
  const world = awsWorld();
  world.ec2.mayRun = {
    denied:
      'You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/desktops/i-0123 is not authorized to perform: ec2:RunInstances',
  };
  const { fix } = await finding(world, 'aws.permissions');
  const [, document] =
    /^aws iam put-role-policy --role-name desktops --policy-name arpo-env --policy-document '(.*)'$/.exec(
      fix,
    ) ?? [];
  const { Statement } = JSON.parse(document ?? '') as { Statement: { Action: string[] }[] };
  expect(Statement.flatMap(({ Action }) => Action)).toEqual(
    expect.arrayContaining([
      ...['ec2:RunInstances', 'ec2:CreateTags', 'ec2:TerminateInstances', 'ec2:DescribeInstances'],
      ...['ec2:DescribeInstanceStatus', 'ec2:GetConsoleOutput', 'ec2:DescribeImages'],
      ...['ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
    ]),
  );
  expect(fix).not.toContain('scheduler');
});

/** Instances that are there, each with its owner and its time. */
function withInstances(...given: [id: string, owner: string, expires: string][]): World {
  const world = new World();
  world.only = ['aws'];
  world.awsRegions = ['us-east-1'];
  for (const [id, owner, expires] of given) {
    world.fleet.instances.push({
      ...{ id, state: 'running', stateReason: null, type: 't3.xlarge', zone: 'us-east-1a' },
      ...{ subnetId: 'subnet-1', market: 'on-demand', launchedAt: null, privateIp: null, publicIp: null },
      tags: { [TAGS.owner]: owner, [TAGS.expires]: expires },
    });
  }
  return world;
}
const PAST = '2026-11-21T11:00:00.000Z';
const FUTURE = '2026-11-21T13:00:00.000Z';
const OTHER = 'other@vm.example 0123456789ab';

test('forgotten instances of this user are ended, and nothing else', async () => {
  const world = withInstances(
    ['i-1', OWNER, PAST],
    ['i-2', OWNER, FUTURE],
    ['i-3', OTHER, PAST],
    // Of this user, before the container was made anew.
    ['i-4', 'user@vm.example ba9876543210', PAST],
  );
  const { seen, fix } = await finding(world, 'aws.forgotten');
  expect(seen).toBe(
    'in us-east-1 run i-1 (t3.xlarge), which nobody has prolonged since 2026-11-21T11:00Z, i-4 (t3.xlarge), which nobody has prolonged since 2026-11-21T11:00Z',
  );
  expect(fix).toBe('aws ec2 terminate-instances --region us-east-1 --instance-ids i-1 i-4');
  expect(world.fleet.live.map(({ id }) => id)).toEqual(['i-2', 'i-3']);
});

test('those of others are only named, with the command', async () => {
  const world = withInstances(['i-3', OTHER, PAST], ['i-5', OTHER, FUTURE]);
  const { seen, fix, offers } = await finding(world, 'aws.forgotten');
  expect(seen).toContain('i-3 of other@vm.example (t3.xlarge)');
  expect(fix).toBe('aws ec2 terminate-instances --region us-east-1 --instance-ids i-3');
  expect([offers, world.fleet.live.length]).toEqual([[], 2]);
});
