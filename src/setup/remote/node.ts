/** Node on the other machine: the one that is there, or this version of it, fetched here and unpacked in the user's home. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { downloadFile } from '../../lib/download/download.js';
import type { SshConnection } from './ssh.js';

export interface RemoteNode {
  /** Folder of `node` and `npm`. */
  bin: string;
  home: string;
}

/** Below the other user's home. */
const NODE_FOLDER = '.local/share/arpo-env/node';

const LOOK = `
uname -s; uname -m; printf '%s\\n' "$HOME"
for bin in "$HOME/${NODE_FOLDER}/bin" $(command -v node >/dev/null && dirname "$(command -v node)"); do
  [ -x "$bin/npm" ] && "$bin/node" -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    if (major > 20 || (major === 20 && minor >= 19)) console.log(process.argv[1]);
  ' "$bin"
done
exit 0
`;

const UNPACK = `set -e; cd; mkdir -p ${NODE_FOLDER}.new; tar -xzf - --strip-components=1 -C ${NODE_FOLDER}.new; rm -rf ${NODE_FOLDER}; mv ${NODE_FOLDER}.new ${NODE_FOLDER}`;

const ARCHITECTURES: Record<string, string> = { x86_64: 'x64', aarch64: 'arm64' };

export async function ensureNode(
  ssh: SshConnection,
  nodeUrl: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<RemoteNode> {
  const [system = '', machine = '', home = '', bin] = (await ssh.script(LOOK)).split('\n');
  if (bin !== undefined && bin !== '') return { bin, home };
  const architecture = ARCHITECTURES[machine];
  if (system !== 'Linux' || architecture === undefined) {
    throw new ArpoEnvError({
      code: 'E_UNSUPPORTED_MACHINE',
      message: `${ssh.host} is ${system} on ${machine}`,
      fix: 'use an Ubuntu or Debian machine, amd64 or arm64',
    });
  }
  const name = `node-${process.version}-linux-${architecture}.tar.gz`;
  say(`${ssh.host} has no Node; fetching ${name}`);
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-node-'));
  try {
    const archive = await fetchNode(
      `${nodeUrl.replace(/\/+$/, '')}/${process.version}`,
      name,
      folder,
      signal,
    );
    say(`sending Node to ${ssh.host}`);
    await ssh.send(UNPACK, createReadStream(archive));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { bin: `${home}/${NODE_FOLDER}/bin`, home };
}

async function fetchNode(url: string, name: string, folder: string, signal: AbortSignal): Promise<string> {
  const [archive, sums] = [join(folder, name), join(folder, 'SHASUMS256.txt')];
  await downloadFile(`${url}/SHASUMS256.txt`, sums, { signal });
  await downloadFile(`${url}/${name}`, archive, { signal });
  const expected = (await readFile(sums, 'utf8'))
    .split('\n')
    .find((line) => line.endsWith(`  ${name}`))
    ?.split(' ')[0];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archive)) hash.update(chunk as Buffer);
  if (hash.digest('hex') === expected) return archive;
  throw new ArpoEnvError({
    code: 'E_DOWNLOAD_FAILED',
    message: `${url}/${name} does not match its checksum in SHASUMS256.txt`,
    fix: 'try again, or use another mirror: setup.nodeUrl in the config',
  });
}
