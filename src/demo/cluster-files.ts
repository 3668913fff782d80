/** Keys of one run in a private temporary folder: the cluster's host key, and the one key that may log in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';

export interface ClusterFiles extends AsyncDisposable {
  folder: string;
  hostKeyFile: string;
  hostKey: string;
  /** The login's private key. */
  identityFile: string;
  authorizedKeysFile: string;
  /** `ssh-ed25519 AAAA…` of the key that may log in. */
  authorizedKey: string;
  knownHostsFile: string;
  /** Writes the host key into knownHostsFile under the address that the cluster got. */
  trust(host: string, port: number): Promise<void>;
}

/** Disposing removes the folder. */
export async function createClusterFiles(): Promise<ClusterFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-cluster-')); // mkdtemp makes it 0700
  const file = (name: string) => join(folder, name);
  const host = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'arpo-env demo host' });
  const login = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'arpo-env demo login' });
  const files: ClusterFiles = {
    folder,
    hostKeyFile: file('host_key'),
    hostKey: host.private,
    identityFile: file('id_ed25519'),
    authorizedKeysFile: file('authorized_keys'),
    authorizedKey: login.public,
    knownHostsFile: file('known_hosts'),
    trust: (address, port) =>
      writeFile(file('known_hosts'), `[${address}]:${port} ${host.public}\n`, { mode: 0o600 }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  try {
    await writeFile(files.hostKeyFile, host.private, { mode: 0o600 });
    await writeFile(files.identityFile, login.private, { mode: 0o600 });
    await writeFile(files.authorizedKeysFile, `${login.public}\n`, { mode: 0o600 });
    return files;
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}
