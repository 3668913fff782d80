/** One tar.gz for a bug report: the report, the config and the ends of the logs, without secrets. */

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { MASK, maskCredentials } from '../config/mask.js';
import { configRows } from '../config/print.js';
import { errno } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';
import { packageVersion } from '../lib/package.js';
import { logFiles, readTail } from '../runs/log-file.js';
import type { StateFolder } from '../runs/state-folder.js';
import type { DoctorOptions, DoctorReport } from './doctor.js';
import { type Palette, reportDocument, reportText } from './report.js';

const LOG_LINES = 2000;
const LOGS_OF_EACH = 2;
const MIN_SECRET = 4;

export interface BundleOptions {
  file: string;
  report: DoctorReport;
  config: DoctorOptions['config'];
  state: StateFolder;
  /** Values that must not be in it, wherever they occur. */
  secrets: readonly string[];
}

/** Names of the files in it. Throws E_NO_PERMISSION, E_DISK_FULL; no half bundle is left. */
export async function writeBundle(options: BundleOptions): Promise<string[]> {
  const contents = await bundleContents(options);
  const archive = pack();
  for (const [name, text] of contents) archive.entry({ name: `arpo-env-bundle/${name}`, mode: 0o600 }, text);
  archive.finalize();
  try {
    await pipeline(archive, createGzip(), createWriteStream(options.file, { mode: 0o600, flags: 'wx' }));
  } catch (error) {
    if (errno(error) !== 'EEXIST') await rm(options.file, { force: true });
    throw fileError(error, options.file);
  }
  return contents.map(([name]) => name);
}

async function bundleContents({
  report,
  config,
  state,
  secrets,
}: BundleOptions): Promise<[string, string][]> {
  const settings =
    'config' in config
      ? configRows(config).map(({ key, value, source }) => `${key} = ${value} (${source})`)
      : [config.message];
  const logs = (await Promise.all(['server', 'tunnel'].map((name) => logFiles(state.logs, name)))).flatMap(
    (files) => files.slice(0, LOGS_OF_EACH),
  );
  const tails = await Promise.all(
    logs.map(async (path): Promise<[string, string]> => {
      const { lines } = await readTail(path, LOG_LINES);
      return [`logs/${path.replace(/^.*\//, '')}`, `${lines.join('\n')}\n`];
    }),
  );
  const all: [string, string][] = [
    ['report.txt', `${reportText(report, { verbose: true, palette: PLAIN })}\n`],
    ['report.json', `${JSON.stringify(reportDocument(report), null, 2)}\n`],
    ['config.txt', `${settings.join('\n')}\n`],
    [
      'versions.txt',
      `arpo-env ${packageVersion()}\nnode ${process.version}\n${process.platform} ${process.arch}\n`,
    ],
    ...tails,
  ];
  return all.map(([name, text]) => [name, withoutSecrets(text, secrets)]);
}

/** The known ones, and what looks like one. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets
    .filter((secret) => secret.length >= MIN_SECRET)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  return maskCredentials(known)
    .replace(/\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`)
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK)
    .replace(/((?:token|secret|password|passwd|api_?key)["']?\s*[:=]\s*["']?)[^\s"',}(]{4,}/gi, `$1${MASK}`)
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, MASK);
}

const same = (text: string) => text;
const PLAIN: Palette = { green: same, yellow: same, red: same, cyan: same, dim: same, bold: same };
