/** The cluster's side of the demo: an SSH server of this run's own, real when there is one to be had. */

import { userInfo } from 'node:os';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { connect } from '../ssh/connection/connect.js';
import { resolveTarget, type TargetOptions } from '../ssh/host/target.js';
import { type ClusterFiles, createClusterFiles } from './cluster-files.js';
import { startEmbeddedSshd } from './embedded-sshd.js';
import { findSshd, startSshd } from './sshd.js';

export type ClusterKind = 'sshd' | 'embedded';

export interface ClusterOptions {
  /** Aborts the start; a cluster that runs is ended by disposing it. */
  signal: AbortSignal;
  /** Insists on one kind. Default: sshd where it is installed and lets us in, else embedded. */
  prefer?: ClusterKind;
}

/** Disposing ends the server with all its processes and removes its files. */
export interface Cluster extends AsyncDisposable {
  kind: ClusterKind;
  /** One line: which server this is, and why this one. */
  description: string;
  host: string;
  port: number;
  user: string;
  identityFile: string;
  knownHostsFile: string;
  /** Kills the live SSH sessions; the server itself goes on. */
  dropConnections(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Throws E_SSH_HOST when `prefer` cannot be had, or the signal's reason; nothing is left then. */
export async function startCluster({ signal, prefer }: ClusterOptions): Promise<Cluster> {
  if (prefer === 'embedded') return startEmbedded('an SSH server embedded in arpo-env', signal);
  const binary = await findSshd();
  if (binary === null) {
    if (prefer === 'sshd') throw sshdError('sshd is not installed');
    return startEmbedded('an SSH server embedded in arpo-env, because sshd is not installed here', signal);
  }
  try {
    return await startOpenSsh(binary, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = `${binary} does not serve this user: ${messageOf(error)}`;
    if (prefer === 'sshd') throw sshdError(reason, error);
    return startEmbedded(`an SSH server embedded in arpo-env, because ${reason}`, signal);
  }
}

type Server = AsyncDisposable & Pick<Cluster, 'port' | 'dropConnections'>;

async function startOpenSsh(binary: string, signal: AbortSignal): Promise<Cluster> {
  const description = `OpenSSH's ${binary}, on a port and with keys of its own`;
  return start('sshd', description, (files) => startSshd(binary, files, signal), signal);
}

async function startEmbedded(description: string, signal: AbortSignal): Promise<Cluster> {
  return start('embedded', description, (files) => startEmbeddedSshd(files, userInfo().username), signal);
}

async function start(
  kind: ClusterKind,
  description: string,
  startServer: (files: ClusterFiles) => Promise<Server>,
  signal: AbortSignal,
): Promise<Cluster> {
  signal.throwIfAborted();
  const files = await createClusterFiles();
  let server: Server | undefined;
  const stop = async () => {
    await server?.[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
  };
  try {
    server = await startServer(files);
    await files.trust(HOST, server.port);
    const cluster: Cluster = {
      kind,
      description,
      host: HOST,
      port: server.port,
      user: userInfo().username,
      identityFile: files.identityFile,
      knownHostsFile: files.knownHostsFile,
      dropConnections: server.dropConnections,
      [Symbol.asyncDispose]: stop,
    };
    await logInOnce(cluster, signal);
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}

function sshdError(message: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError(
    { code: 'E_SSH_HOST', message, fix: 'sudo apt-get install openssh-server' },
    { cause },
  );
}

/** How a tunnel reaches the cluster, whatever this user's ssh_config says about 127.0.0.1. */
export function clusterTarget({ host, port, user, identityFile, knownHostsFile }: Cluster): TargetOptions {
  return { host, port, user, identityFiles: [identityFile], knownHostsFile, configFile: 'none' };
}

/** An sshd that listens may still refuse: a locked account, a PAM or SELinux rule. Better known now than in mid-episode. */
async function logInOnce(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const options = clusterTarget(cluster);
  const target = await resolveTarget(options, signal);
  await using _connection = await connect(target, options, {
    signal,
    keepaliveMs: 5000,
    onAuthenticating: () => {},
  });
}
