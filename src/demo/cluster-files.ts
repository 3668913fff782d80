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
  /** The public half of the key that may log in. */
  authorizedKey: string;
  knownHostsFile: string;
  /** Writes the host key into knownHostsFile under the address that the cluster got. */
  trust(host: string, port: number): Promise<void>;
}

/** Disposing removes the folder. */
export async function createClusterFiles(): Promise<ClusterFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-cluster-')); // mkdtemp makes it 0700
  const file = (name: string) => join(folder, name);
  const host = generateKeyPair('arpo-env demo host');
  const login = generateKeyPair('arpo-env demo login');
  const files: ClusterFiles = {
    folder,
    hostKeyFile: file('host_key'),
    hostKey: host.private,
    identityFile: file('id_ecdsa'),
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

/** Not Ed25519: ssh2 1.17 loses leading zero bytes of those public keys, which makes one key in 256 unreadable. */
function generateKeyPair(comment: string): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  return ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, comment });
}
