/** The tunnel, from both its ends: what runs here, what listens there, and whose it is. */

import { isAnyAddress } from '../../host/sockets.js';
import { isLoopback } from '../../lib/addresses.js';
import type { Run } from '../../runs/run.js';
import { pastedSsh, pastedTunnel } from '../../ssh/host/command-line.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { clusterHost } from '../facts/ssh-config.js';
import { BOTH_SIDES, CLUSTER_LIMIT_MS, onCluster, thereRun } from './on-cluster.js';

export const tunnelChecks: readonly Check[] = [
  {
    id: 'tunnel.running',
    link: 'tunnel',
    title: 'a tunnel runs here',
    needs: ['sshd.forwarding'],
    limitMs: CLUSTER_LIMIT_MS,
    async run(context) {
      const { looks, topology, config } = context;
      if (topology.kind === 'direct') return skip('the trainer dials this machine');
      const { running } = await looks.runs();
      const ours = tunnelsFor(running, config.tunnel.remotePort);
      if (ours.length > 0) {
        return pass(ours.map(({ url, process }) => `${url} (pid ${process.pid})`).join(', '));
      }
      const plain = await looks.plainTunnels();
      if (plain[0]) return pass(`a plain ${plain[0].command} (pid ${plain[0].pid})`);
      if (topology.kind === 'local') return skip('no cluster is named: arpo-env doctor HOST');
      const look = await looks.cluster();
      const there = look.kind === 'facts' && (look.facts.listeners?.length ?? 0) > 0;
      if (there) return skip('none is seen here, and the port on the cluster is held');
      return fail({
        seen: 'no tunnel runs on this machine',
        why: `Nothing listens on the cluster's port ${config.tunnel.remotePort}: the trainer reads "Connection refused".`,
        fix: pastedTunnel(clusterHost(context)),
      });
    },
  },
  {
    id: 'tunnel.target',
    link: 'tunnel',
    title: 'it leads to the env server',
    needs: ['tunnel.running'],
    async run(context) {
      const { looks, topology, config } = context;
      if (topology.kind === 'direct') return skip('the trainer dials this machine');
      const port = Number(topology.serverUrl.port || 80);
      const plain = await looks.plainTunnels();
      const wrong = plain.find((tunnel) => isLoopback(tunnel.targetHost) && tunnel.targetPort !== port);
      if (wrong) {
        return fail({
          seen: `the tunnel of pid ${wrong.pid} leads to port ${wrong.targetPort}, and the env server is on ${port}`,
          why: 'The trainer reaches the cluster’s port and is cut off behind it.',
          fix: `kill ${wrong.pid}, then ${pastedTunnel(clusterHost(context))}`,
        });
      }
      if (topology.kind === 'local') return skip('no cluster is named: arpo-env doctor HOST');
      const target = config.tunnel.url === undefined ? topology.serverUrl : new URL(config.tunnel.url);
      return pass(target.host);
    },
  },
  {
    id: 'tunnel.duplicate',
    link: 'tunnel',
    title: 'there is only one for the port',
    needs: ['tunnel.running'],
    async run({ looks, config, topology }) {
      const { running } = await looks.runs();
      const ours = tunnelsFor(running, config.tunnel.remotePort).map(({ process }) => process.pid);
      const plain = await looks.plainTunnels();
      const all = [...new Set([...ours, ...plain.map(({ pid }) => pid)])];
      if (all.length <= 1) return pass(all.length === 0 ? 'none is seen here' : 'one');
      return warn({
        seen: `${all.length} tunnels for port ${config.tunnel.remotePort} run here: pid ${all.join(', ')}`,
        why: 'Only one of them has the port; the others retry, and take it over when it drops.',
        fix: `keep one: kill ${all.slice(1).join(' ')}${topology.host ? ` (arpo-env status shows them)` : ''}`,
      });
    },
  },
  {
    id: 'tunnel.listener',
    link: 'tunnel',
    title: 'its port on the cluster is there',
    roles: BOTH_SIDES,
    needs: ['tunnel.running', 'tunnel.target', 'ssh.session'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster((facts, context) => {
      const { topology, config, role } = context;
      if (topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const { listeners, probe } = facts;
      const port = config.tunnel.remotePort;
      const there = listeners === null ? probe?.kind !== 'refused' : listeners.length > 0;
      if (there)
        return pass(listeners?.map(({ address }) => `${address}:${port}`).join(', ') ?? `port ${port}`);
      if (role === 'cluster') {
        return fail({
          seen: `nothing listens on 127.0.0.1:${port} here`,
          why: 'The tunnel from the env machine is down, or was never started: "Connection refused".',
          fix: `on the env machine: arpo-env doctor ${facts.host}; it says why, or arpo-env tunnel ${facts.user.name}@${facts.host}`,
        });
      }
      return fail({
        seen: `a tunnel runs here, and nothing listens on port ${port} of ${facts.host}`,
        why: 'It is reconnecting, or leads to another host or port: the trainer reads "Connection refused".',
        fix: `arpo-env status; arpo-env logs tunnel; then ${pastedTunnel(clusterHost(context))}`,
      });
    }),
  },
  {
    id: 'tunnel.owner',
    link: 'tunnel',
    title: 'the port is held by a tunnel of this account',
    roles: BOTH_SIDES,
    needs: ['tunnel.listener'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster((facts, context) => {
      if (context.topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const { listeners, holder, user } = facts;
      const port = context.config.tunnel.remotePort;
      const why =
        'The trainer talks to it, and a tunnel cannot get the port: "remote port forwarding failed".';
      const fix = `choose another port: set tunnel.remotePort, and the trainer's URL to match; see it there: ${thereRun(context, `ss -tlnp 'sport = :${port}'`)}`;
      if (holder && !/^sshd/.test(holder.command)) {
        return fail({
          seen: `port ${port} on ${facts.host} is held by ${holder.command} (pid ${holder.pid}), which is not a tunnel`,
          why,
          fix,
        });
      }
      const other = listeners?.find(({ uid }) => uid !== user.uid);
      if (other)
        return fail({
          seen: `port ${port} on ${facts.host} is held by another user (uid ${other.uid})`,
          why,
          fix,
        });
      const [session] = facts.sessions;
      return pass(
        session ? `an arpo-env tunnel (sshd session ${session.pid})` : (holder?.command ?? 'this account'),
      );
    }),
  },
  {
    id: 'tunnel.bind',
    link: 'tunnel',
    title: 'the port is bound where the trainer looks',
    roles: BOTH_SIDES,
    needs: ['tunnel.owner'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster((facts, context) => {
      const { topology, config } = context;
      if (topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const addresses = facts.listeners?.map(({ address }) => address) ?? [];
      if (addresses.length === 0) return skip('the cluster does not say');
      if (
        addresses.every(
          (address) => address.includes(':') && !address.startsWith('::ffff:') && address !== '::',
        )
      ) {
        return fail({
          seen: `port ${config.tunnel.remotePort} of ${facts.host} is bound to IPv6 only (${addresses.join(', ')})`,
          why: 'The trainer dials 127.0.0.1, where nothing listens.',
          fix: `name the address: ${pastedTunnel(clusterHost(context))}, or ${pastedSsh(clusterHost(context), [], ['-N', '-R', `127.0.0.1:${config.tunnel.remotePort}:${topology.serverUrl.host}`])}`,
        });
      }
      const open = addresses.find(isAnyAddress);
      if (open && isLoopback(config.tunnel.remoteBind)) {
        return warn({
          seen: `port ${config.tunnel.remotePort} of ${facts.host} is bound to ${open}: every machine of its network reaches it`,
          why: 'Whoever reaches the port controls the desktops.',
          fix: `use arpo-env tunnel, which turns others away; or give the server a token`,
        });
      }
      return pass(addresses.join(', '));
    }),
  },
  {
    id: 'tunnel.stale',
    link: 'tunnel',
    title: 'what holds the port is alive',
    roles: BOTH_SIDES,
    needs: ['tunnel.owner', 'tunnel.bind', 'server.answers', 'bind.address'],
    limitMs: CLUSTER_LIMIT_MS,
    run: onCluster((facts, context) => {
      if (context.topology.kind === 'direct') return skip('the trainer needs no tunnel');
      const { probe, sessions } = facts;
      if (probe === null) return skip('the cluster has neither curl nor python3');
      if (probe.kind !== 'silent' && !(probe.kind === 'failed' && /reset|empty reply/i.test(probe.words)))
        return pass('it answers');
      const [session] = sessions;
      const who = session ? `sshd session ${session.pid}` : 'an sshd session';
      const pid = session?.pid ?? facts.holder?.pid;
      const port = context.config.tunnel.remotePort;
      const fix =
        pid === undefined
          ? `end the sshd session that holds it; it is seen by: ${thereRun(context, `sudo ss -tlnp 'sport = :${port}'`)}`
          : `${thereRun(context, `kill ${pid}`)}; a running arpo-env tunnel then takes the port by itself`;
      return fail({
        seen: `${who} holds the port on ${facts.host} and passes nothing on (${probe.words})`,
        why: 'It is left of a connection that is dead: the trainer waits until it times out.',
        fix,
      });
    }),
  },
];

/** The command enters `http://127.0.0.1:15001 on deepx`. */
function tunnelsFor(running: readonly Run[], port: number): Run[] {
  return running.filter(({ kind, url }) => kind === 'tunnel' && (port === 0 || url.includes(`:${port}`)));
}
