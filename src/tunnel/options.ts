/** What the config and the command line say, as options of a tunnel. */
import type { Config } from '../config/schema.js';
import { ArpoEnvError } from '../errors.js';
import { reachable } from '../ssh/connection/connection.js';
import { readRemoteForward } from '../ssh/host/remote-forward.js';
import type { ForwardSpec } from './forward/forward.js';
import { requireDistinct } from './forward/same-listener.js';
import type { TunnelOptions } from './tunnel.js';

export interface TunnelArguments {
  /** `[bind:]port:host:port` each; they take the place of the config's one forward. */
  forwards: readonly string[];
  user?: string | undefined;
  /** The SSH server's port. */
  port?: string | undefined;
  /** `ssh -J`. */
  jump?: string | undefined;
  /** `ssh -F`. */
  sshConfig?: string | undefined;
}

/** Throws E_USAGE for arguments that are wrong and E_CONFIG for a config that names no host or what is not to be had. */
export function tunnelOptions(
  config: Pick<Config, 'server' | 'tunnel'>,
  args: TunnelArguments,
): TunnelOptions {
  const { host, identities, keepalive, acceptNew, maxRetries, transport, requireToken } = config.tunnel;
  if (host === undefined) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: 'no cluster is named, neither on the command line nor as tunnel.host in the config',
      fix: 'arpo-env tunnel user@cluster.example',
    });
  }
  const forwards = args.forwards.length > 0 ? args.forwards.map(parseForward) : [configuredForward(config)];
  requireDistinct(forwards);
  return {
    host,
    identityFiles: identities,
    ...(keepalive === undefined ? {} : { keepaliveMs: keepalive }),
    forwards,
    transport,
    // Unset, ssh_config's StrictHostKeyChecking decides.
    ...(acceptNew ? { acceptNew } : {}),
    ...(requireToken ? { requireToken } : {}),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(args.user === undefined ? {} : { user: args.user }),
    ...(args.port === undefined ? {} : { port: parsePort(args.port, `--port ${args.port}`, 1) }),
    ...(args.jump === undefined ? {} : { jump: args.jump }),
    ...(args.sshConfig === undefined ? {} : { configFile: args.sshConfig }),
  };
}

/** ssh's `-R [bind:]port:host:port`, or `-R /path:host:port` for a unix socket; IPv6 in brackets; `bind` is 127.0.0.1 unless given. */
export function parseForward(text: string): ForwardSpec {
  const forward = readRemoteForward(text);
  if (forward === null) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `-R ${text} is not [bind:]port:host:port, nor /path:host:port`,
      fix: 'for example: -R 15001:127.0.0.1:18082, or -R 0:127.0.0.1:18082 for a free port on the cluster',
    });
  }
  const { bind = '127.0.0.1', port, host, hostPort } = forward;
  const where = `-R ${text}`;
  return {
    bind,
    port: parsePort(port, where, 0),
    local: { host, port: parsePort(hostPort, where, 1) },
  };
}

function configuredForward({ server, tunnel }: Pick<Config, 'server' | 'tunnel'>): ForwardSpec {
  const bind = tunnel.remoteBind;
  const port = tunnel.remotePort;
  if (tunnel.url === undefined)
    return { bind, port, local: { host: reachable(server.host), port: server.port } };
  const url = new URL(tunnel.url);
  if (url.pathname !== '/' || url.search !== '') {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `a tunnel forwards a whole server, not a part of it such as ${tunnel.url}`,
      fix: `forward ${url.origin} and let the trainer add ${url.pathname} on the cluster's side`,
    });
  }
  const implied = url.protocol === 'https:' ? 443 : 80;
  return { bind, port, local: { host: withoutBrackets(url.hostname), port: Number(url.port) || implied } };
}

/** Throws E_USAGE; `where` is what the text was given for. */
export function parsePort(text: string, where: string, lowest: 0 | 1): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= lowest && port <= 65_535) return port;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `${where}: ${text} is not a port`,
    fix: `give a number from ${lowest} to 65535`,
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
