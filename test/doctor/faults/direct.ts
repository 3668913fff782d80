import { group } from '../../support/fake-ec2.js';
import type { World } from '../world.js';
import type { Fault } from './fault.js';

const unreachable = (world: World) => {
  world.cluster['probe.code'] = '28';
  world.cluster['probe.line'] = 'curl: (28) Connection timed out after 3000 milliseconds';
};

export const DIRECT_FAULTS: readonly Fault[] = [
  {
    name: 'there is no token for an open address',
    check: 'config.token',
    break: (w) => {
      w.config.server = { host: '0.0.0.0', port: 15001 };
    },
  },
  {
    name: 'the server is on loopback, and the cluster comes from outside',
    check: 'bind.address',
    break: (w) => {
      w.sockets = [{ address: '0100007F', port: 15001 }];
      w.cluster['probe.code'] = '7';
      w.cluster['probe.line'] = 'curl: (7) Failed to connect: Connection refused';
    },
  },
  {
    name: 'the server is open without a token',
    check: 'bind.open',
    break: (w) => {
      w.config.server = { host: '0.0.0.0', port: 15001, insecure: true };
    },
  },
  {
    name: 'ufw does not know the port',
    check: 'firewall.ufw',
    break: (w) => {
      w.files['/etc/ufw/ufw.conf'] = 'ENABLED=yes\n';
      w.iptables =
        '-P INPUT DROP\n-N ufw-user-input\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j ufw-user-input\n-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\n';
      unreachable(w);
    },
  },
  {
    name: 'iptables rejects the port',
    check: 'firewall.iptables',
    break: (w) => {
      w.iptables =
        '-P INPUT ACCEPT\n-A INPUT ! -i lo -p tcp -m tcp --dport 15001 -j REJECT --reject-with tcp-reset\n';
      w.cluster['probe.code'] = '7';
    },
  },
  {
    name: 'nftables drops the port',
    check: 'firewall.nft',
    break: (w) => {
      const chain = { family: 'inet', table: 'filter', name: 'input', hook: 'input', policy: 'drop' };
      const loopback = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } };
      w.nft = {
        nftables: [
          { chain },
          { rule: { family: 'inet', table: 'filter', chain: 'input', expr: [loopback, { accept: null }] } },
        ],
      };
      unreachable(w);
    },
  },
  {
    name: 'the AWS credentials are wrong',
    check: 'aws.credentials',
    break: (w) => {
      w.ec2Error = Object.assign(new Error('not able to validate'), { name: 'AuthFailure' });
    },
  },
  {
    name: 'AWS refuses to answer',
    check: 'aws.permissions',
    break: (w) => {
      w.ec2Error = Object.assign(new Error('not authorized: ec2:DescribeInstances'), {
        name: 'UnauthorizedOperation',
      });
    },
  },
  {
    name: 'the instance is stopped',
    check: 'aws.instance',
    break: (w) => {
      w.role = 'laptop';
      w.metadata = null;
      w.config.providers = { ...w.config.providers, aws: { region: 'us-east-1' } };
      if (w.ec2.server) w.ec2.server.state = 'stopped';
      unreachable(w);
    },
  },
  {
    name: "the instance's address has changed",
    check: 'aws.address',
    break: (w) => {
      if (w.ec2.server) w.ec2.server.publicIp = '198.51.100.99';
      unreachable(w);
    },
  },
  {
    name: 'the security group has no rule for the port',
    check: 'aws.security-group',
    break: (w) => {
      w.ec2.serverGroup = group('sg-1', [[22, '0.0.0.0/0']]);
      unreachable(w);
    },
  },
  {
    name: 'the security group admits another network',
    check: 'aws.security-group',
    break: (w) => {
      w.ec2.serverGroup = group('sg-1', [[15001, 'pl-1']]);
      w.ec2.lists['pl-1'] = ['203.0.113.0/24'];
      unreachable(w);
    },
  },
  {
    name: 'the network ACL denies the port',
    check: 'aws.network-acl',
    break: (w) => {
      w.ec2.acl = [
        {
          number: 100,
          egress: false,
          allow: false,
          protocol: '6',
          cidr: '0.0.0.0/0',
          fromPort: 15001,
          toPort: 15001,
        },
      ];
      unreachable(w);
    },
  },
  {
    name: 'the subnet has no way to the internet',
    check: 'aws.route',
    break: (w) => {
      w.ec2.routeTable = [{ cidr: '10.0.0.0/16', target: 'local' }];
      unreachable(w);
    },
  },
  {
    name: 'the way to it is closed elsewhere',
    check: 'cluster.timeout',
    break: unreachable,
  },
  {
    name: 'the cluster cannot resolve its name',
    check: 'cluster.refused',
    break: (w) => {
      w.cluster['probe.code'] = '6';
      w.cluster['probe.line'] = 'curl: (6) Could not resolve host';
    },
  },
];
