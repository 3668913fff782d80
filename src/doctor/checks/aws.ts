/** AWS: credentials, the env machine's instance and address, and every filter between it, the cluster and the desktops. */

import { isIP } from 'node:net';
import type { CloudFacts, Ec2Instance } from '../../aws/cloud-facts.js';
import { attachPolicy, desktopPolicy } from '../../aws/policy.js';
import { aclDenies, admission } from '../../aws/rules.js';
import { needs } from '../../providers/traits.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { CLOUD_LIMIT_MS, isTrainerCutOff, withFacts } from './on-cloud.js';

/** A port that the trainer's side of a connection may have. */
const EPHEMERAL = 49_152;

/** Why it matters that AWS cannot be asked, when it does. */
const BLIND =
  'The trainer’s packets to this machine are dropped, most likely by its security group, and AWS cannot be asked.';

const common = { link: 'cloud', limitMs: CLOUD_LIMIT_MS } as const;

export const awsChecks: readonly Check[] = [
  {
    ...common,
    id: 'aws.settings',
    title: 'the aws provider knows its network',
    needs: [],
    run({ config, role }) {
      if (!needs(config.provider, 'ec2')) return skip('the provider is another');
      const { region, subnetIds, securityGroupIds } = config.providers.aws;
      const [subnetId] = subnetIds;
      const [securityGroupId] = securityGroupIds;
      const missing = Object.entries({
        AWS_REGION: region,
        AWS_SUBNET_ID: subnetId,
        AWS_SECURITY_GROUP_ID: securityGroupId,
      });
      const names = missing.filter(([, value]) => value === undefined).map(([name]) => name);
      if (names.length === 0) return pass(`${region}, ${subnetId}, ${securityGroupId}`);
      if (role === 'ec2') return pass(`${names.join(', ')}: those of this instance`);
      return fail({
        seen: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set`,
        why: 'Desktops are launched into that subnet, with that security group.',
        fix: `put into .env: ${names.map((name) => `${name}=…`).join(' ')} (those of the env server's own instance will do)`,
      });
    },
  },
  {
    ...common,
    id: 'aws.credentials',
    title: 'AWS accepts our credentials',
    needs: ['aws.settings'],
    async run(context) {
      const { looks, role, config } = context;
      const look = await looks.cloud();
      const why =
        'Neither the instance nor its security group can be checked, and the aws provider cannot launch desktops.';
      const fix =
        role === 'ec2'
          ? 'attach an IAM role to this instance, or: aws configure'
          : 'aws configure, or export AWS_PROFILE=…';
      const trouble = async (seen: string) => {
        if (needs(config.provider, 'ec2')) return fail({ seen, why, fix });
        if (await isTrainerCutOff(context)) return fail({ seen, why: BLIND, fix });
        // Nothing but this look needs them.
        return warn({ seen, why, fix });
      };
      switch (look.kind) {
        case 'none':
          return skip(look.why);
        case 'no-region':
          return skip('AWS_REGION is not set');
        case 'no-credentials':
          return trouble(`there are no AWS credentials here (${look.words})`);
        case 'bad-credentials':
          return trouble(`AWS refuses the credentials (${look.words})`);
        case 'failed':
          return trouble(`AWS does not answer as it should (${look.words})`);
        case 'denied':
        case 'facts':
          return pass('they are accepted');
      }
    },
  },
  {
    ...common,
    id: 'aws.permissions',
    title: 'they allow what is needed',
    needs: ['aws.credentials'],
    async run(context) {
      const look = await context.looks.cloud();
      const { schedulerRoleArn } = context.config.providers.aws;
      const fix = (words: string) => attachPolicy(words, desktopPolicy({ schedulerRoleArn }));
      if (look.kind === 'denied') {
        const seen = `AWS refuses to answer (${look.words})`;
        const trouble = { seen, fix: fix(look.words) };
        if (await isTrainerCutOff(context)) return fail({ ...trouble, why: BLIND });
        return warn({ ...trouble, why: 'Whether the security group admits the trainer is not known.' });
      }
      if (look.kind !== 'facts' || look.facts.desktops === null) return skip('desktops do not come from AWS');
      const { mayRun } = look.facts.desktops;
      if (typeof mayRun === 'string') return pass('a dry run of RunInstances passes');
      return fail({
        seen: 'ec2:RunInstances is denied',
        why: 'Every desktop is an instance: resets answer 503.',
        fix: fix(mayRun.denied),
      });
    },
  },
  {
    ...common,
    id: 'aws.instance',
    title: "the env machine's instance runs",
    needs: ['aws.permissions'],
    run: withFacts(({ server, lookedFor, region }) => {
      if (lookedFor === null) return skip('the env machine is not on EC2');
      if (server === null) return skip(`EC2 in ${region} knows no instance ${lookedFor}`);
      if (server.state === 'running') return pass(server.id);
      return fail({
        seen: `the instance ${server.id} is ${server.state}`,
        why: 'Nothing on it answers.',
        fix: `aws ec2 start-instances --region ${region} --instance-ids ${server.id} (its public address will be another one)`,
      });
    }),
  },
  {
    ...common,
    id: 'aws.address',
    title: "the trainer's URL has its present address",
    needs: ['aws.permissions'],
    run: withFacts(async ({ server, lookedFor, region }, { topology, config, machine, aws, signal }) => {
      const { hostname } = topology.trainerUrl;
      if (topology.kind !== 'direct' || config.cluster.envUrl === undefined)
        return skip('the trainer does not dial this machine');
      const address = isIP(hostname) ? hostname : (await machine.lookup(hostname))[0];
      const here = server ?? (await aws.metadata(signal));
      if (here === null) {
        if (lookedFor === null) return skip('the env machine is not on EC2');
        return fail({
          seen: `no instance in ${region} has the address ${lookedFor} of cluster.envUrl`,
          why: 'A stopped instance gets another public address when it starts: the trainer dials somebody else.',
          fix: `aws ec2 describe-instances --region ${region} --query 'Reservations[].Instances[].[InstanceId,State.Name,PublicIpAddress]', then correct cluster.envUrl; an Elastic IP stays`,
        });
      }
      if (address === here.publicIp || address === here.privateIp) return pass(hostname);
      const present = here.publicIp ?? here.privateIp ?? 'unknown';
      return fail({
        seen: `cluster.envUrl says ${hostname}, and this instance now has ${present}`,
        why: 'It got another address when it was started: the trainer dials the old one.',
        fix: `set cluster.envUrl and env.remote_server_url to http://${present}:${topology.trainerUrl.port || 80}; an Elastic IP stays`,
      });
    }),
  },
  {
    ...common,
    id: 'aws.security-group',
    title: 'its security group admits the trainer',
    needs: ['aws.instance', 'aws.address'],
    run: withServer((server, facts, { topology }) => {
      if (topology.kind !== 'direct') return skip('a tunnel needs no open port');
      const port = Number(topology.trainerUrl.port || 80);
      const source = { addresses: facts.clusterAddresses, groups: facts.clusterGroups };
      const found = admission(facts.groups, port, source, facts.prefixLists);
      const names = facts.groups.map(({ id }) => id).join(', ');
      switch (found.kind) {
        case 'admitted':
          return pass(`${found.by} admits port ${port}`);
        case 'unknown-source':
          return pass(
            `port ${port} is open to ${found.sources}; where the trainer comes from is not known here`,
          );
        case 'other-sources':
        case 'closed':
          break;
      }
      const [address] = facts.clusterAddresses;
      const cidr = address === undefined ? 'CLUSTER_IP/32' : `${address}/${address.includes(':') ? 128 : 32}`;
      const groupId = facts.groups[0]?.id ?? 'GROUP';
      const command = `aws ec2 authorize-security-group-ingress --region ${facts.region} --group-id ${groupId} --protocol tcp --port ${port} --cidr ${cidr}`;
      const trouble = {
        seen:
          found.kind === 'closed'
            ? `no rule of ${names} (instance ${server.id}) is for port ${port}`
            : `${names} (instance ${server.id}) admits port ${port} from ${found.sources} only, and the trainer comes from ${facts.clusterAddresses.join(', ')}`,
        why: 'Its packets are dropped: the trainer waits until it times out.',
        fix: command,
      };
      if (address === undefined) return fail(trouble);
      return fail({
        ...trouble,
        safeFix: { command, apply: () => facts.ec2.authorize(groupId, port, cidr) },
      });
    }),
  },
  {
    ...common,
    id: 'aws.network-acl',
    title: "its subnet's ACL lets the connection through",
    needs: ['aws.instance', 'aws.address'],
    run: withServer((server, { acl, clusterAddresses, region }, { topology }) => {
      if (topology.kind !== 'direct') return skip('a tunnel needs no open port');
      const port = Number(topology.trainerUrl.port || 80);
      // A documentation address stands for "anybody" (RFC 5737).
      const address = clusterAddresses[0] ?? '203.0.113.1';
      const inbound = aclDenies(acl, { egress: false, port, address });
      const outbound = aclDenies(acl, { egress: true, port: EPHEMERAL, address });
      if (inbound === null && outbound === null) return pass('both ways');
      const [way, entry] = inbound === null ? ['outbound', outbound] : ['inbound', inbound];
      const rule = entry === 'default' || entry === null ? 'its default' : `rule ${entry.number}`;
      return fail({
        seen: `the network ACL of ${server.subnetId} denies ${way} traffic (${rule}) ${way === 'inbound' ? `on port ${port}` : 'to ports from 1024 up'}`,
        why: 'An ACL stands before the security group and remembers no connections: both ways must be open.',
        fix: `see it: aws ec2 describe-network-acls --region ${region} --filters Name=association.subnet-id,Values=${server.subnetId}; then add an allow rule with a lower number`,
      });
    }),
  },
  {
    ...common,
    id: 'aws.route',
    title: 'a public address leads there',
    needs: ['aws.instance', 'aws.address'],
    run: withServer((server, { routes }, { topology }) => {
      const { hostname } = topology.trainerUrl;
      if (topology.kind !== 'direct' || hostname === server.privateIp)
        return skip('the trainer uses no public address');
      const why = 'Nothing from outside of the VPC arrives there.';
      if (server.publicIp === null) {
        return fail({
          seen: `the instance ${server.id} has no public address`,
          why,
          fix: `attach an Elastic IP, or have the trainer dial ${server.privateIp} from within the VPC`,
        });
      }
      const open = routes.some(({ cidr, target }) => cidr === '0.0.0.0/0' && target?.startsWith('igw-'));
      if (open || routes.length === 0) return pass(server.publicIp);
      return fail({
        seen: `the subnet ${server.subnetId} has no route to an internet gateway`,
        why,
        fix: 'add a route 0.0.0.0/0 → igw-… to its route table, or move the instance into a public subnet',
      });
    }),
  },
];

function withServer(
  run: (server: Ec2Instance, facts: CloudFacts, context: CheckContext) => Finding,
): Check['run'] {
  return withFacts((facts, context) =>
    facts.server === null ? skip('the env machine is not on EC2') : run(facts.server, facts, context),
  );
}
