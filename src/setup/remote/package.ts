/** arpo-env on the other machine: this very package, packed here and installed there below the user's home. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import { packageFile } from '../../lib/package.js';
import { shellQuote } from '../../shell-words.js';
import type { RemoteNode } from './node.js';
import type { SshConnection } from './ssh.js';

/** Below the other user's home. */
const APP_FOLDER = '.local/share/arpo-env/app';
const PACK_LIMIT_MS = 120_000;

/** Answers the executable's path. What is there already and the same is left. */
export async function ensurePackage(
  ssh: SshConnection,
  node: RemoteNode,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<string> {
  const executable = `${node.home}/${APP_FOLDER}/bin/arpo-env`;
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-pack-'));
  try {
    const archive = await packOurselves(folder, signal);
    const hash = createHash('sha256')
      .update(await readFile(archive))
      .digest('hex');
    const installed = await ssh.script(`cat "$HOME/${APP_FOLDER}/installed" 2>/dev/null; exit 0`);
    if (installed.trim() === hash) return executable;
    say(`installing arpo-env on ${ssh.host}`);
    await ssh.send(
      `set -e; cd; mkdir -p ${APP_FOLDER}; cat > ${APP_FOLDER}/arpo-env.tgz`,
      createReadStream(archive),
    );
    await ssh.script(installScript(node, hash));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return executable;
}

async function packOurselves(folder: string, signal: AbortSignal): Promise<string> {
  const args = ['pack', packageFile('.'), '--pack-destination', folder, '--ignore-scripts', '--silent'];
  const packed = await execa('npm', args, {
    reject: false,
    cwd: folder,
    stdin: 'ignore',
    timeout: PACK_LIMIT_MS,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (packed.exitCode === 0 && name !== undefined) return join(folder, name);
  throw new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `npm cannot pack arpo-env: ${String(packed.stderr).trim().split('\n').at(-1) || (packed.originalMessage ?? '')}`,
    fix: 'npm comes with Node; install it on this machine, or run setup-vm on the other one',
  });
}

function installScript({ bin }: RemoteNode, hash: string): string {
  return `set -e
PATH=${shellQuote(bin)}:$PATH
export PATH
cd "$HOME/${APP_FOLDER}"
npm install --global --prefix . --no-audit --no-fund --loglevel=error ./arpo-env.tgz >&2
rm -f arpo-env.tgz
printf '%s\\n' ${hash} > installed
`;
}
