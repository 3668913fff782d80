/** What the cluster's sshd allows a tunnel. */
import { pastedTunnel } from '../../ssh/host/command-line.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { clusterHost } from '../facts/ssh-config.js';
import { BOTH_SIDES, CLUSTER_LIMIT_MS, onCluster } from './on-cluster.js';

const AS_ADMIN = 'ask its administrator for';

export const sshdChecks: readonly Check[] = [
  {
    id: 'sshd.forwarding',
    link: 'ssh',
    title: 'sshd allows remote forwards',
    roles: BOTH_SIDES,
    needs: ['ssh.session'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster((facts, { topology, config }, { forwarding }) => {
      if (topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const setting = facts.sshd.get('allowtcpforwarding') ?? 'yes';
      const forbidden =
        facts.sshd.get('disableforwarding') === 'yes'
          ? 'DisableForwarding yes'
          : /^(no|local)$/.test(setting)
            ? `AllowTcpForwarding ${setting}`
            : null;
      const listen = facts.sshd.get('permitlisten');
      const port = config.tunnel.remotePort;
      if (listen && listen !== 'any' && !listen.split(' ').some((entry) => permits(entry, port))) {
        return fail({
          seen: `sshd refuses to listen on port ${port} (PermitListen ${listen})`,
          why: 'The tunnel asks for that port and is refused.',
          fix: `use one that is permitted: set tunnel.remotePort, and the trainer's URL to match; or ${AS_ADMIN} PermitListen ${port}`,
        });
      }
      if (forwarding === 'allowed') return pass('it gave us a port');
      if (forbidden || (forwarding === 'refused' && !listen)) {
        return fail({
          seen: `sshd on ${facts.host} refuses remote forwards${forbidden ? ` (${forbidden})` : ''}`,
          why: '"remote port forwarding failed": no tunnel can be made for this account.',
          fix: `${AS_ADMIN} AllowTcpForwarding yes in sshd_config, and look for \`restrict\` or \`no-port-forwarding\` at your key: ~/.ssh/authorized_keys`,
        });
      }
      return pass(listen ? `PermitListen ${listen}` : 'nothing blocks them');
    }),
  },
  {
    id: 'sshd.gateway-ports',
    link: 'ssh',
    title: 'forwards stay on loopback',
    roles: BOTH_SIDES,
    needs: ['ssh.session'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster(({ sshd, host }, { config, topology }) => {
      if (topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const setting = sshd.get('gatewayports') ?? 'no';
      const open = !/^(127\.|::1|localhost)/.test(config.tunnel.remoteBind);
      if (open && setting === 'no') {
        return fail({
          seen: `tunnel.remoteBind is ${config.tunnel.remoteBind}, and sshd on ${host} has GatewayPorts no`,
          why: 'The port is bound to loopback all the same: other nodes of the cluster are refused.',
          fix: `run the trainer on ${host} itself with tunnel.remoteBind 127.0.0.1; or ${AS_ADMIN} GatewayPorts clientspecified`,
        });
      }
      if (setting === 'yes') {
        return warn({
          seen: `sshd on ${host} has GatewayPorts yes`,
          why: 'Every forward of a plain `ssh -R` is open to the whole network of the cluster.',
          fix: `use arpo-env tunnel, which turns others away; or ${AS_ADMIN} GatewayPorts clientspecified`,
        });
      }
      return pass(`GatewayPorts ${setting}`);
    }),
  },
  {
    id: 'sshd.sessions',
    link: 'ssh',
    title: 'a connection may hold several sessions',
    roles: BOTH_SIDES,
    needs: ['ssh.session'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster(({ sshd, host }) => {
      const most = Number(sshd.get('maxsessions') ?? 10);
      if (most >= 2) return pass(`MaxSessions ${most}`);
      return warn({
        seen: `sshd on ${host} has MaxSessions ${most}`,
        why: 'The tunnel cannot test itself from the cluster’s side, nor free a port that a dead session holds.',
        fix: `${AS_ADMIN} MaxSessions 10`,
      });
    }),
  },
  {
    id: 'sshd.keepalive',
    link: 'ssh',
    title: 'dead connections are noticed',
    roles: BOTH_SIDES,
    needs: ['ssh.session'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster(async ({ sshd, host }, context) => {
      const { looks, topology, role } = context;
      const interval = seconds(sshd.get('clientaliveinterval') ?? '0');
      if (interval > 0) return pass(`ClientAliveInterval ${interval}`);
      if (role === 'cluster' || topology.kind === 'direct')
        return pass('sshd asks for no sign of life; arpo-env tunnel does');
      const [plain] = await looks.plainTunnels();
      if (!plain) return pass('no plain ssh tunnel runs here, and arpo-env tunnel asks by itself');
      const ssh = await looks.sshConfig();
      if (ssh.kind === 'settings' && ssh.keepalive > 0) return pass(`ServerAliveInterval ${ssh.keepalive}`);
      return warn({
        seen: `a plain ${plain.command} (pid ${plain.pid}) is the tunnel, and neither sshd on ${host} (ClientAliveInterval 0) nor your ssh (ServerAliveInterval 0) asks for signs of life`,
        why: 'After a lost network the cluster’s port stays held by a dead session, and a plain `ssh -R` never notices.',
        fix: `${pastedTunnel(clusterHost(context))}, which asks; or ServerAliveInterval 15 in ~/.ssh/config`,
      });
    }),
  },
];

/** `15001`, `127.0.0.1:15001`, `*:15001` (sshd_config(5), PermitListen). */
function permits(entry: string, port: number): boolean {
  const allowed = entry.replace(/^.*:/, '');
  return allowed === '*' || Number(allowed) === port;
}

/** sshd_config's times: `90`, `30s`, `5m`. */
function seconds(text: string): number {
  const [, amount = '0', unit = 's'] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  return Number(amount) * ({ m: 60, h: 3600 }[unit] ?? 1);
}
