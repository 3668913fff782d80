/** The AWS checks against an EC2 API on loopback (moto), through AWS's own SDK and its AWS_ENDPOINT_URL. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as sdk from '@aws-sdk/client-ec2';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/components.js';
import { realFaultTable } from '../support/fault-table.js';
import { Moto } from '../support/moto.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bin = path('../../bin/arpo-env.js');
const CLUSTER = '198.51.100.20';
const PORT = 15001;

interface Report {
  verdict: { kind: string; check?: string; seen?: string; fix?: string };
  checks: { id: string; status: string; seen: string }[];
}

describeWith('python3', 'arpo-env doctor and EC2', () => {
  const names = realFaultTable('EC2 by moto');
  let moto: Moto;
  let ec2: sdk.EC2Client;
  let instance: { id: string; publicIp: string; privateIp: string; subnetId: string; groupId: string };

  beforeAll(async () => {
    moto = await Moto.start();
    ec2 = moto.ec2;
  });

  afterAll(() => moto[Symbol.asyncDispose]());

  beforeEach(async () => {
    await moto.reset();
    instance = await launch();
  });

  async function launch() {
    const { Vpcs = [] } = await ec2.send(new sdk.DescribeVpcsCommand({}));
    const vpcId = Vpcs[0]?.VpcId ?? '';
    const { Subnets = [] } = await ec2.send(new sdk.DescribeSubnetsCommand({}));
    const subnetId = Subnets[0]?.SubnetId ?? '';
    const { GroupId = '' } = await ec2.send(
      new sdk.CreateSecurityGroupCommand({ GroupName: 'env', Description: 'env', VpcId: vpcId }),
    );
    const { Images = [] } = await ec2.send(new sdk.DescribeImagesCommand({}));
    const { Instances = [] } = await ec2.send(
      new sdk.RunInstancesCommand({
        ...{ ImageId: Images[0]?.ImageId, MinCount: 1, MaxCount: 1 },
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: subnetId, Groups: [GroupId], AssociatePublicIpAddress: true },
        ],
      }),
    );
    const id = Instances[0]?.InstanceId ?? '';
    const described = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
    const machine = described.Reservations?.[0]?.Instances?.[0];
    const { PrivateIpAddress: privateIp = '', PublicIpAddress: publicIp = '' } = machine ?? {};
    const { InternetGateway } = await ec2.send(new sdk.CreateInternetGatewayCommand({}));
    const InternetGatewayId = InternetGateway?.InternetGatewayId;
    await ec2.send(new sdk.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
    const { RouteTables = [] } = await ec2.send(new sdk.DescribeRouteTablesCommand({}));
    const RouteTableId = RouteTables[0]?.RouteTableId;
    await ec2.send(
      new sdk.CreateRouteCommand({
        RouteTableId,
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: InternetGatewayId,
      }),
    );
    return { id, publicIp, privateIp, subnetId, groupId: GroupId };
  }

  const admit = (permission: Partial<sdk.IpPermission>) =>
    ec2.send(
      new sdk.AuthorizeSecurityGroupIngressCommand({
        GroupId: instance.groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: PORT, ToPort: PORT, ...permission }],
      }),
    );

  /** On the instance itself: with its metadata service. */
  async function doctor(config: object = {}, ...args: string[]): Promise<Report[]> {
    await using metadata = await startMetadata(instance);
    using folder = new TemporaryFolder({
      'arpo-env.config.yaml': JSON.stringify({
        provider: 'sim',
        server: { host: '0.0.0.0', port: PORT, insecure: true },
        cluster: { host: `user@${CLUSTER}`, envUrl: `http://${instance.publicIp}:${PORT}` },
        ...config,
      }),
    });
    const { stdout, stderr } = await execa(
      process.execPath,
      [bin, 'doctor', '--role', 'ec2', '--only', 'cloud', '--json', ...args],
      {
        cwd: folder.path,
        reject: false,
        stdin: 'ignore',
        env: {
          ...{ HOME: folder.path, ARPO_ENV_STATE_DIR: folder.path },
          AWS_ENDPOINT_URL: moto.env.AWS_ENDPOINT_URL ?? '',
          ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
          AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
        },
      },
    );
    if (!stdout.startsWith('{"role"')) throw new Error(`${stdout}${stderr}`);
    expect(stderr, 'notices of the SDK are not for users').not.toContain('AWS SDK');
    return stdout.split('\n').map((line) => JSON.parse(line) as Report);
  }

  async function verdict(config?: object) {
    return (await doctor(config))[0]?.verdict;
  }

  it('finds nothing wrong where the group admits the cluster', async () => {
    await admit({ IpRanges: [{ CidrIp: `${CLUSTER}/32` }] });
    const [report] = await doctor();
    names('nothing', report?.verdict, 'healthy');
    const passed = report?.checks.filter(({ id, status }) => id.startsWith('aws.') && status === 'pass');
    expect(passed?.map(({ id }) => id)).toEqual([
      ...['aws.credentials', 'aws.instance', 'aws.address'],
      ...['aws.security-group', 'aws.network-acl', 'aws.route'],
    ]);
  });

  it('names the missing rule, and --fix authorizes exactly that one', async () => {
    const missing = await verdict();
    names('the security group has no rule for the port', missing, 'aws.security-group');
    expect(missing?.seen).toContain(instance.groupId);

    const [before, after] = await doctor({}, '--fix', '--yes');
    expect(before?.verdict).toMatchObject({ check: 'aws.security-group' });
    names('it was added by --fix', after?.verdict, 'healthy');
    const { SecurityGroups = [] } = await ec2.send(
      new sdk.DescribeSecurityGroupsCommand({ GroupIds: [instance.groupId] }),
    );
    expect(SecurityGroups[0]?.IpPermissions).toMatchObject([
      { FromPort: PORT, ToPort: PORT, IpProtocol: 'tcp', IpRanges: [{ CidrIp: `${CLUSTER}/32` }] },
    ]);
  });

  it('follows prefix lists', async () => {
    const { PrefixList } = await ec2.send(
      new sdk.CreateManagedPrefixListCommand({
        ...{ PrefixListName: 'clusters', AddressFamily: 'IPv4', MaxEntries: 5 },
        Entries: [{ Cidr: '203.0.113.0/24' }],
      }),
    );
    const PrefixListId = PrefixList?.PrefixListId;
    await admit({ PrefixListIds: [{ PrefixListId }] });
    const narrow = await verdict();
    names('a prefix list admits another network', narrow, 'aws.security-group');
    expect(narrow?.seen).toContain(String(PrefixListId));

    await ec2.send(
      new sdk.ModifyManagedPrefixListCommand({
        PrefixListId,
        CurrentVersion: 1,
        AddEntries: [{ Cidr: '198.51.100.0/24' }],
      }),
    );
    names('the prefix list has the cluster', await verdict(), 'healthy');
  });

  it('names the network ACL', async () => {
    await admit({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
    const { NetworkAcls = [] } = await ec2.send(
      new sdk.DescribeNetworkAclsCommand({
        Filters: [{ Name: 'association.subnet-id', Values: [instance.subnetId] }],
      }),
    );
    await ec2.send(
      new sdk.CreateNetworkAclEntryCommand({
        ...{ NetworkAclId: NetworkAcls[0]?.NetworkAclId, RuleNumber: 10, RuleAction: 'deny', Egress: false },
        ...{ Protocol: '6', CidrBlock: '0.0.0.0/0', PortRange: { From: PORT, To: PORT } },
      }),
    );
    const denied = await verdict();
    names('the network ACL denies the port', denied, 'aws.network-acl');
    expect(denied?.seen).toContain('rule 10');
  });

  it('names a stopped instance, and an address that it no longer has', async () => {
    await admit({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
    const old = { cluster: { host: `user@${CLUSTER}`, envUrl: `http://203.0.113.77:${PORT}` } };
    const moved = await verdict(old);
    names('the instance has another address', moved, 'aws.address');
    expect(moved?.seen).toContain(instance.publicIp);
    await ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [instance.id] }));
    const stopped = await verdict();
    names('the instance is stopped', stopped, 'aws.instance');
    expect(stopped?.fix).toContain(instance.id);
  });

  it('looks at the network of the desktops', async () => {
    await admit({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
    const aws = { region: 'us-east-1', subnetIds: instance.subnetId, securityGroupIds: instance.groupId };
    const closed = await verdict({ provider: 'aws', providers: { aws } });
    names('the desktops do not admit the server', closed, 'aws.desktop-ports');
    const elsewhere = { ...aws, subnetIds: 'subnet-00000000' };
    const absent = await verdict({ provider: 'aws', providers: { aws: elsewhere } });
    names('the subnet of the desktops does not exist', absent, 'aws.desktop-network');
  });
});

/** IMDSv2: no item without the token. */
async function startMetadata(instance: {
  id: string;
  publicIp: string;
  privateIp: string;
}): Promise<AsyncDisposable & { url: string }> {
  const items: Record<string, string> = {
    'instance-id': instance.id,
    'placement/region': 'us-east-1',
    'local-ipv4': instance.privateIp,
    'public-ipv4': instance.publicIp,
  };
  const service = createServer(({ method, url = '', headers }, response) => {
    if (method === 'PUT' && url === '/latest/api/token') return response.end('the-token');
    const item = items[url.replace('/latest/meta-data/', '')];
    if (headers['x-aws-ec2-metadata-token'] !== 'the-token') return response.writeHead(401).end();
    return item === undefined ? response.writeHead(404).end() : response.end(item);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    },
  };
}
