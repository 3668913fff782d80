/** The guest's disk: `arpo-env image get docker` fetches it, goes on where it broke off, checks, unpacks and names it. */
import { basename, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { packageFile } from '../../lib/package.js';
import { formatBytes } from '../../ui/format.js';
import { asUser, HOUR_MS, type Progress } from '../command.js';
import { query, sizeOf } from '../query.js';
import type { SetupContext, Step } from '../step.js';

export const qcow2: Step = {
  id: 'qcow2',
  title: "Guest's disk",
  needs: ['packages'],
  dockerOnly: true,
  async inspect(context) {
    const { path, given } = context.settings.qcow2;
    const size = await sizeOf(context, path);
    if (size === null) {
      if (given) throw notUsable(`--qcow2 ${path}: there is no such file`);
      return { state: 'needed', why: `${path} is not there` };
    }
    // QEMU's docs/interop/qcow2.txt: the file starts with "QFI\xfb".
    const head = await query(context, asUser(['head', '--bytes=3', '--', path]));
    if (head.stdout !== 'QFI') throw notUsable(`${path} is not a qcow2 file`);
    return { state: 'done', note: `${path}, ${formatBytes(size)}` };
  },
  async plan(context) {
    const { path, url, sha256 } = context.settings.qcow2;
    const local = await offlineFile(context);
    const source = local === null ? ['--url', url] : ['--from', local];
    const checked = sha256 === null ? [] : ['--sha256', sha256];
    // The machine's certificates, as curl and docker have them, and not those that Node brings along.
    const program = [process.execPath, '--use-openssl-ca', packageFile('bin/arpo-env.js')] as const;
    return [
      asUser([...program, 'image', 'get', 'docker', '--to', path, ...source, ...checked, '--leave-config'], {
        env: { SSL_CERT_DIR: '/etc/ssl/certs' },
        limitMs: 24 * HOUR_MS,
        progress: () => readProgress,
      }),
    ];
  },
  explain({ lines }) {
    // As the command says it: what happened, and its fix.
    const said = (sign: string) => lines.findLast((line) => line.startsWith(sign))?.slice(sign.length);
    const [message, fix] = [said('✗ '), said('→ ')];
    return message === undefined || fix === undefined ? null : { code: 'E_SETUP_STEP', message, fix };
  },
};

/** Of a line such as `… downloading Ubuntu.qcow2.zip: 412.0 MB of 12.1 GB (3 %)`. */
function readProgress(line: string): Progress | null {
  const [, text, percent] = /^… .*: (.+) \((\d+) %\)$/.exec(line) ?? [];
  return text === undefined ? null : { fraction: Number(percent) / 100, text };
}

/** Offline, the disk as it is or zipped; null when it is fetched. */
async function offlineFile({ machine, settings: { offline, qcow2 } }: SetupContext): Promise<string | null> {
  if (offline === null) return null;
  const name = join(offline, basename(qcow2.path));
  return (await machine.exists(name)) ? name : `${name}.zip`;
}

function notUsable(message: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message,
    fix: 'name the disk with --qcow2 FILE, or remove what is there so that it is downloaded',
  });
}
