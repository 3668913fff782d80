/** What a week of a tunnel looks like, for Prometheus. Read when somebody asks, so that nothing of it can be stale. */
import { Counter, Gauge, Registry } from 'prom-client';
import { TUNNEL_STATES, type TunnelStats, type TunnelStatus } from '../state.js';

export function tunnelMetrics(status: () => TunnelStatus): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'arpo_env_tunnel_state',
    help: '1 for the state that the tunnel is in.',
    labelNames: ['host', 'state'],
    registers,
    collect() {
      const { host, state: current } = status();
      for (const state of TUNNEL_STATES) this.set({ host, state }, state === current ? 1 : 0);
    },
  });
  const gauge = (name: string, help: string, read: (stats: TunnelStats) => number | null) =>
    new Gauge({
      name: `arpo_env_tunnel_${name}`,
      help,
      labelNames: ['host'],
      registers,
      collect() {
        const { host, stats } = status();
        const value = read(stats);
        if (value === null) this.reset();
        else this.set({ host }, value);
      },
    });
  const counter = (
    name: string,
    help: string,
    read: (stats: TunnelStats) => Record<string, number> | number,
  ) =>
    new Counter({
      name: `arpo_env_tunnel_${name}_total`,
      help,
      labelNames: name === 'bytes' ? ['host', 'direction'] : ['host'],
      registers,
      collect() {
        const { host, stats } = status();
        const value = read(stats);
        this.reset();
        if (typeof value === 'number') this.inc({ host }, value);
        else for (const [direction, bytes] of Object.entries(value)) this.inc({ host, direction }, bytes);
      },
    });
  gauge('rtt_seconds', 'Time to open a channel on the cluster, at the last probe.', ({ rttMs }) =>
    rttMs === null ? null : rttMs / 1000,
  );
  gauge('open_connections', 'Forwarded connections that are open.', ({ open }) => open);
  counter(
    'connections',
    "Forwarded connections, the tunnel's own probes among them.",
    (stats) => stats.connections,
  );
  counter('requests', "HTTP requests, without the tunnel's own probes.", (stats) => stats.requests);
  counter(
    'refused',
    'Connections answered with 502 because the local side was down.',
    (stats) => stats.refused,
  );
  counter('rejected', 'Connections from other machines, turned away.', (stats) => stats.rejected);
  counter('reconnects', 'Connections that came up after the first one.', (stats) => stats.reconnects);
  counter(
    'downtime_seconds',
    'Time without service, after the tunnel was up for the first time.',
    (stats) => stats.downtimeMs / 1000,
  );
  counter('bytes', 'Bytes to the local side (in) and to the cluster (out).', ({ bytesIn, bytesOut }) => ({
    in: bytesIn,
    out: bytesOut,
  }));
  return registry;
}
