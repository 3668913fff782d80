/** Who talks to whom here, out of the config, the command line and what runs. */
import type { Config } from '../config/schema.js';
import { isLoopback, urlOf } from '../lib/addresses.js';
import type { Run } from '../runs/run.js';
import type { Role } from './role.js';

export interface Topology {
  /**
   * `tunnel`: the trainer's URL is the tunnel's end on the cluster. `direct`: the trainer dials this machine.
   * `local`: nothing says that there is a cluster. `cluster`: this is the cluster, and the other side is not known.
   */
  kind: 'tunnel' | 'direct' | 'local' | 'cluster';
  /** Where the env server is, as seen from here. */
  serverUrl: URL;
  /** The trainer's URL, as it should be; credentials not included. */
  trainerUrl: URL;
  /** SSH host of the cluster; null when nobody named one. */
  host: string | null;
}

export function topologyOf(
  config: Config,
  role: Role,
  namedHost: string | undefined,
  runs: readonly Run[],
): Topology {
  const host = namedHost ?? config.cluster.host ?? config.tunnel.host ?? null;
  const { envUrl } = config.cluster;
  const trainerUrl = withoutCredentials(new URL(envUrl ?? `http://127.0.0.1:${config.tunnel.remotePort}`));
  const serverUrl = findServer(config, runs);
  if (role === 'cluster') return { kind: 'cluster', serverUrl, trainerUrl, host: null };
  const dialled = envUrl !== undefined && !isLoopback(trainerUrl.hostname);
  const opened = envUrl === undefined && config.tunnel.host === undefined && !isLoopback(config.server.host);
  if (dialled) return { kind: 'direct', serverUrl, trainerUrl, host };
  if (opened) {
    // Nobody said by which name the cluster knows this machine; the port is known.
    const url = new URL(`http://ENV_MACHINE:${serverUrl.port || '80'}`);
    return {
      kind: host === null ? 'direct' : 'tunnel',
      serverUrl,
      trainerUrl: host === null ? url : trainerUrl,
      host,
    };
  }
  return { kind: host === null ? 'local' : 'tunnel', serverUrl, trainerUrl, host };
}

/** The server that runs where the config puts it; else the only one that runs; else where the config puts it. */
function findServer({ server }: Config, runs: readonly Run[]): URL {
  const urls = runs.filter(({ kind }) => kind === 'server').map(({ url }) => new URL(url));
  const configured = urlOf(server.host, server.port);
  const running = urls.find(({ port }) => port === configured.port);
  return running ?? (urls.length === 1 ? urls[0] : undefined) ?? configured;
}

/** They are never shown. */
export function withoutCredentials(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy;
}
