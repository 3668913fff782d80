/** The guest's disk: fetched where the last attempt broke off, checked, unpacked, and only then given its name. */
import { dirname, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { singleQuoted } from '../../shell-words.js';
import { formatBytes } from '../../ui/format.js';
import { asUser, type Command, HOUR_MS } from '../command.js';
import { query, sizeOf } from '../query.js';
import type { SetupContext, Step } from '../step.js';

/** OSWorld's disk is about twice the size of its zip. */
const UNPACKED_PER_ZIPPED = 2.2;
/** curl: 22 is an HTTP error (of which it tries the passing ones again itself), 23 a write error, 33 a server that cannot resume. */
const FINAL_CURL_EXITS = [22, 23, 33];

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
    const zipped = (local ?? new URL(url).pathname).endsWith('.zip');
    const part = `${path}.part`;
    const source = local ?? part;
    const total = local === null ? await announcedSize(context) : await sizeOf(context, local);
    const fetched = local === null ? ((await sizeOf(context, part)) ?? 0) : total;
    await assertSpace(context, total, fetched ?? 0, zipped);
    // Asked for what follows the last byte, a server answers 416, which curl takes for a failure.
    const isWhole = fetched !== null && fetched === total;
    return [
      asUser(['mkdir', '--parents', '--', dirname(path)]),
      ...(local === null && !isWhole ? [download(url, part, total)] : []),
      ...(sha256 === null
        ? []
        : [
            asUser(['sha256sum', '--check', '--strict', '-'], {
              stdin: `${sha256}  ${source}\n`,
              limitMs: HOUR_MS,
            }),
          ]),
      ...(zipped ? unpack(source, path, total) : [local === null ? rename(part, path) : copy(local, path)]),
      ...(zipped && local === null ? [asUser(['rm', '--force', '--', part])] : []),
    ];
  },
  explain(
    { command, exitCode, lines },
    {
      settings: {
        qcow2: { path, url },
      },
    },
  ) {
    const fix = `rm '${path}.part'`;
    switch (command.argv[0]) {
      case 'sha256sum':
        return problem(
          `what ${url} answered does not have the checksum of setup.qcow2Sha256`,
          `remove it, ${fix}, or correct the checksum`,
        );
      case 'unzip':
        // unzip(1): 50 is a full disk, which the common causes know.
        return exitCode === 50
          ? null
          : problem(
              `the archive is damaged: ${lines.at(-1) ?? ''}`,
              `remove it, ${fix}, so that it is downloaded again`,
            );
      case 'curl':
        if (exitCode === 33) return problem(`the server of ${url} cannot resume the download`, fix);
        if (exitCode === 23)
          return problem(
            `${path}.part cannot be written`,
            `check the folder and its free space: ls -ld ${singleQuoted(dirname(path))}; df -h ${singleQuoted(dirname(path))}`,
          );
        if (exitCode !== 22) return null;
        return lines.at(-1)?.includes('416')
          ? problem(`${path}.part is longer than what ${url} answers`, `remove it, ${fix}`)
          : problem(
              `${url} cannot be downloaded: ${lines.at(-1) ?? ''}`,
              'correct setup.qcow2Url, or wait until the server works again',
            );
      default:
        return null;
    }
  },
};

/** Offline, the disk as it is or zipped; null when it is fetched. */
async function offlineFile({
  machine,
  settings: {
    offline,
    qcow2: { path },
  },
}: SetupContext): Promise<string | null> {
  if (offline === null) return null;
  const name = join(offline, path.slice(dirname(path).length + 1));
  return (await machine.exists(name)) ? name : `${name}.zip`;
}

async function announcedSize(context: SetupContext): Promise<number | null> {
  const { url } = context.settings.qcow2;
  const head = await query(
    context,
    asUser(['curl', '--silent', '--head', '--location', '--max-time', '15', url]),
  );
  // Redirects answer heads of their own; the last one is the file's.
  const lengths = [...head.stdout.matchAll(/^content-length:\s*(\d+)\s*$/gim)];
  const last = lengths.at(-1)?.[1];
  return head.exitCode === 0 && last !== undefined ? Number(last) : null;
}

async function assertSpace(
  { machine, settings }: SetupContext,
  total: number | null,
  fetched: number,
  zipped: boolean,
): Promise<void> {
  if (total === null) return;
  const needed = Math.max(0, total - fetched) + (zipped ? total * UNPACKED_PER_ZIPPED : 0);
  const free = await machine.freeBytes(settings.qcow2.path);
  if (free >= needed) return;
  throw new ArpoEnvError({
    code: 'E_DISK_FULL',
    message: `the guest's disk needs about ${formatBytes(needed)} in ${dirname(settings.qcow2.path)}; ${formatBytes(free)} are free`,
    fix: 'free some space, or take another folder: setup.qcow2Dir in the config',
  });
}

function download(url: string, part: string, totalBytes: number | null): Command {
  const quiet = ['--fail', '--silent', '--show-error', '--location'];
  const stall = ['--connect-timeout', '20', '--speed-limit', '1000', '--speed-time', '60'];
  return asUser(['curl', ...quiet, ...stall, '--retry', '3', '--continue-at', '-', '--output', part, url], {
    retry: { attempts: 8, finalExitCodes: FINAL_CURL_EXITS },
    limitMs: 24 * HOUR_MS,
    grows: { path: part, totalBytes },
  });
}

/** Into a folder of its own, so that a half unpacked disk never has the disk's name. */
function unpack(archive: string, path: string, zippedBytes: number | null): Command[] {
  const folder = `${path}.unpacking`;
  const totalBytes = zippedBytes === null ? null : zippedBytes * UNPACKED_PER_ZIPPED;
  return [
    asUser(['unzip', '-q', '-o', archive, '-d', folder], {
      limitMs: 3 * HOUR_MS,
      grows: { path: folder, totalBytes },
    }),
    asUser([
      'find',
      folder,
      '-type',
      'f',
      '-name',
      '*.qcow2',
      '-exec',
      'mv',
      '--no-target-directory',
      '--',
      '{}',
      path,
      ';',
    ]),
    asUser(['rm', '--recursive', '--force', '--', folder]),
  ];
}

function rename(from: string, to: string): Command {
  return asUser(['mv', '--no-target-directory', '--', from, to]);
}

function copy(from: string, to: string): Command {
  return asUser(['cp', '--no-target-directory', '--sparse=always', '--', from, to], {
    limitMs: 3 * HOUR_MS,
    grows: { path: to, totalBytes: null },
  });
}

function notUsable(message: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message,
    fix: 'name the disk with --qcow2 FILE, or remove what is there so that it is downloaded',
  });
}

function problem(message: string, fix: string) {
  return { code: 'E_SETUP_STEP' as const, message, fix };
}
