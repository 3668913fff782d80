/** EC2 with one env machine and one network for desktops; everything in it may be changed. */
import type { AclEntry, Ec2, Ec2Instance, MayRun, Route, SecurityGroup } from '../../src/aws/cloud-facts.js';

export class FakeEc2 implements Ec2 {
  server: Ec2Instance | null = {
    id: 'i-0123',
    state: 'running',
    publicIp: '198.51.100.7',
    privateIp: '10.0.0.7',
    vpcId: 'vpc-1',
    subnetId: 'subnet-1',
    groupIds: ['sg-1'],
  };
  serverGroup: SecurityGroup = group('sg-1', [[15001, '198.51.100.20/32']]);
  desktopGroup: SecurityGroup | null = group(
    'sg-2',
    [5000, 9222, 8006, 8080, 5910].map((port) => [port, '10.0.0.0/8']),
  );
  desktopVpc: string | null = 'vpc-1';
  acl: AclEntry[] = [];
  routeTable: Route[] = [
    { cidr: '10.0.0.0/16', target: 'local' },
    { cidr: '0.0.0.0/0', target: 'igw-1' },
  ];
  lists: Record<string, string[]> = {};
  mayRun: MayRun = 'allowed';
  authorized: string[] = [];

  async instances(by: { id: string } | { address: string }) {
    const { server } = this;
    const named =
      'id' in by ? server?.id === by.id : server?.publicIp === by.address || server?.privateIp === by.address;
    return server && named ? [server] : [];
  }
  async groups(ids: readonly string[]) {
    return [this.serverGroup, ...(this.desktopGroup ? [this.desktopGroup] : [])].filter(({ id }) =>
      ids.includes(id),
    );
  }
  async vpcOf() {
    return this.desktopVpc;
  }
  async aclEntries() {
    return this.acl;
  }
  async routes() {
    return this.routeTable;
  }
  async prefixList(id: string) {
    return this.lists[id] ?? [];
  }
  async mayRunInstances() {
    return this.mayRun;
  }
  async authorize(groupId: string, port: number, cidr: string) {
    this.authorized.push(`${groupId} ${port} ${cidr}`);
  }
}

export function group(id: string, rules: [port: number, source: string][]): SecurityGroup {
  return {
    id,
    name: id,
    ingress: rules.map(([port, source]) => ({
      protocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidrs: source.includes('.') ? [source] : [],
      prefixListIds: source.startsWith('pl-') ? [source] : [],
      groupIds: source.startsWith('sg-') ? [source] : [],
    })),
  };
}
