/** Which Docker daemon is meant, as the docker command decides it: DOCKER_HOST, then the context, then the usual socket. */

import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { parseJson } from '../../lib/json.js';
import { addressOf, type SshDestination } from '../../ssh/host/command-line.js';

export interface DaemonAddress {
  url: URL;
  /** What chose it, as a person reads it, e.g. `DOCKER_HOST`, `context colima`, `default`. */
  source: string;
  /** Folder with ca.pem, cert.pem and key.pem; null for a daemon without TLS. */
  tlsFolder: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What we read of `config.json` and of a context's `meta.json` (docker/cli). */
const dockerConfig = z.object({ currentContext: z.string().optional() });
const contextMeta = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string() }).partial().optional() }).optional(),
});

const SCHEMES = ['unix:', 'tcp:', 'http:', 'https:', 'ssh:'];

/** Throws E_DOCKER for an address that cannot be read and for a context that does not exist. */
export async function findDaemon(env: Environment): Promise<DaemonAddress> {
  const configFolder = env.DOCKER_CONFIG || join(homedir(), '.docker');
  if (env.DOCKER_HOST) {
    const tlsFolder = env.DOCKER_TLS_VERIFY ? (env.DOCKER_CERT_PATH ?? configFolder) : null;
    return { url: readAddress(env.DOCKER_HOST, 'DOCKER_HOST'), source: 'DOCKER_HOST', tlsFolder };
  }
  const context = env.DOCKER_CONTEXT || (await currentContext(configFolder));
  if (context && context !== 'default') return readContext(configFolder, context);
  return { url: new URL(`unix://${await defaultSocket()}`), source: 'default', tlsFolder: null };
}

/** Where `ssh://user@host:port` leads; the path of such an address is that of the daemon's socket there. */
export function sshDestination({ username, host }: URL): SshDestination {
  return { host: `ssh://${username === '' ? '' : `${username}@`}${host}` };
}

function readAddress(address: string, source: string): URL {
  const withScheme = address.includes('://') ? address : `tcp://${address}`;
  if (URL.canParse(withScheme)) {
    const url = new URL(withScheme);
    const names = url.protocol === 'unix:' ? url.pathname : url.hostname;
    if (SCHEMES.includes(url.protocol) && names && isSshHost(url)) return url;
  }
  throw new ArpoEnvError({
    code: 'E_DOCKER',
    message: `${source} is ${address}, which names no Docker daemon`,
    fix: 'use unix:///path/to/docker.sock, tcp://host:2376 or ssh://user@host; unset DOCKER_HOST uses the daemon of this machine',
  });
}

/** Of an address over SSH; others are none of its business. */
function isSshHost(url: URL): boolean {
  if (url.protocol !== 'ssh:') return true;
  try {
    addressOf(sshDestination(url));
    return true;
  } catch {
    return false;
  }
}

async function currentContext(configFolder: string): Promise<string | undefined> {
  const file = join(configFolder, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const config = parseJson(text, dockerConfig);
  if (config) return config.currentContext;
  throw new ArpoEnvError({
    code: 'E_DOCKER',
    message: `${file} is not a config of Docker's in JSON`,
    fix: 'fix that file, or set DOCKER_HOST=unix:///var/run/docker.sock',
  });
}

/** A context is kept in folders named after the SHA-256 of its name (docker/cli, context/store). */
async function readContext(configFolder: string, name: string): Promise<DaemonAddress> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readFile(join(configFolder, 'contexts/meta', id, 'meta.json'), 'utf8').catch(() => '');
  const endpoint = parseJson(meta, contextMeta)?.Endpoints?.docker?.Host;
  if (!endpoint) {
    throw new ArpoEnvError({
      code: 'E_DOCKER',
      message: `there is no Docker context named ${name} in ${configFolder}`,
      fix: 'choose one that exists: docker context ls, then docker context use NAME',
    });
  }
  const tlsFolder = join(configFolder, 'contexts/tls', id, 'docker');
  const hasTls = await access(tlsFolder).then(
    () => true,
    () => false,
  );
  const source = `context ${name}`;
  return { url: readAddress(endpoint, source), source, tlsFolder: hasTls ? tlsFolder : null };
}

/** Docker Desktop puts its socket into the home since 4.13; everybody else into /var/run. */
async function defaultSocket(): Promise<string> {
  const ofDesktop = join(homedir(), '.docker/run/docker.sock');
  return access(ofDesktop).then(
    () => ofDesktop,
    () => '/var/run/docker.sock',
  );
}
