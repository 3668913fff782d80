/** A connection to one Docker daemon, over a unix socket, TCP (with TLS) or SSH. */

import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { ArpoEnvError } from '../../errors.js';
import { isLoopback } from '../../lib/addresses.js';
import { errno } from '../../lib/errno.js';
import type { DaemonAddress } from './daemon-address.js';
import { SshAgent } from './ssh-agent.js';

export interface Daemon {
  readonly api: Docker;
  readonly address: DaemonAddress;
  /** The daemon's ports are this machine's ports. */
  readonly isLocal: boolean;
  /** Set when the daemon is reached over SSH; its host's loopback is then reached through it too. */
  readonly ssh: SshAgent | null;
}

/** Opens nothing yet: the first request does. Throws E_DOCKER when the TLS files cannot be read. */
export async function connectDaemon(address: DaemonAddress): Promise<Daemon> {
  const { url } = address;
  const ssh = url.protocol === 'ssh:' ? new SshAgent(url) : null;
  const isLocal = url.protocol === 'unix:' || isLoopback(url.hostname);
  return { api: new Docker(await clientOptions(address, ssh)), address, isLocal: isLocal && !ssh, ssh };
}

/** A time limit for requests that dockerode cannot cut off: the answer is no longer waited for. */
export async function within<T>(ms: number, request: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new DOMException(`no answer within ${ms / 1000}s`, 'TimeoutError');
  });
  try {
    return await Promise.race([request, timeout]);
  } finally {
    timer.abort();
    timeout.catch(() => undefined);
  }
}

async function clientOptions(
  { url, tlsFolder }: DaemonAddress,
  ssh: SshAgent | null,
): Promise<Docker.DockerOptions> {
  // docker-modem reads DOCKER_HOST and its companions itself; every field that it would take from there is said here.
  const none = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    pathPrefix: '/',
    timeout: undefined,
  };
  const open = { ca: undefined, cert: undefined, key: undefined };
  // Connections are not kept: an idle one that the daemon closes fails the request that is just being sent on it.
  const agent = new Agent({ keepAlive: false });
  if (url.protocol === 'unix:') {
    return explicit({
      ...none,
      ...open,
      socketPath: decodeURIComponent(url.pathname),
      protocol: 'http',
      agent,
    });
  }
  if (ssh) return explicit({ ...none, ...open, host: 'docker', protocol: 'http', agent: ssh });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!tlsFolder && url.protocol !== 'https:') {
    return explicit({ ...none, ...open, host, port: url.port || 2375, protocol: 'http', agent });
  }
  const files = tlsFolder ? await readTls(tlsFolder) : open;
  return explicit({
    ...none,
    ...files,
    host,
    port: url.port || 2376,
    protocol: 'https',
    agent: new TlsAgent({ keepAlive: false }),
  });
}

/** dockerode's types have no `undefined` for a field that is to override what the environment says. */
function explicit(options: Record<string, unknown>): Docker.DockerOptions {
  return options as Docker.DockerOptions;
}

async function readTls(folder: string): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const [ca, cert, key] = await Promise.all(
    (['ca.pem', 'cert.pem', 'key.pem'] as const).map(async (name) => {
      try {
        return await readFile(join(folder, name));
      } catch (error) {
        throw new ArpoEnvError(
          {
            code: 'E_DOCKER',
            message: `the TLS file ${join(folder, name)} for the Docker daemon cannot be read (${errno(error)})`,
            fix: 'point DOCKER_CERT_PATH at the folder with ca.pem, cert.pem and key.pem, or unset DOCKER_TLS_VERIFY',
          },
          { cause: error },
        );
      }
    }),
  );
  return { ca, cert, key } as { ca: Buffer; cert: Buffer; key: Buffer };
}
