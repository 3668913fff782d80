/** `arpo-env doctor`: looks, shows, fixes what may be fixed and looks again; with --watch until it is interrupted. */
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError } from '../errors.js';
import { localHost } from '../host/local/local-host.js';
import { stateFolder } from '../runs/state-folder.js';
import type { Console } from '../ui/console.js';
import { openPrompt } from '../ui/prompt.js';
import { writeBundle } from './bundle.js';
import { type DoctorOptions, type DoctorReport, examine } from './doctor.js';
import { readServerToken } from './facts/token.js';
import { applyFixes, offeredFixes } from './fix.js';
import { reportDocument, reportText } from './report.js';
import type { Role } from './role.js';
import { watch } from './watch.js';

/** As they stand on the command line. */
export interface DoctorFlags {
  role?: Role | undefined;
  only?: string[] | undefined;
  verbose?: boolean | undefined;
  deep?: boolean | undefined;
  fix?: boolean | undefined;
  yes?: boolean | undefined;
  watch?: boolean | undefined;
  bundle?: string | undefined;
  sshConfig?: string | undefined;
}

export interface RunDoctorOptions {
  flags: DoctorFlags;
  host: string | undefined;
  loadConfig(): Promise<LoadedConfig>;
  console: Console;
  signal: AbortSignal;
}

const WATCH_PAUSE_MS = 5000;

/** The exit code: 3 when a link is broken. */
export async function runDoctor(options: RunDoctorOptions): Promise<0 | 3> {
  const { flags, console, signal } = options;
  const examination = await prepare(options);
  let report = await examine(examination);
  show(options, report);
  if (flags.fix && (await fix(options, report))) {
    report = await examine(examination);
    show(options, report);
  }
  if (flags.bundle !== undefined) await bundle(options, flags.bundle, examination, report);
  if (flags.watch) {
    const onChange = async (changed: DoctorReport) => {
      console.result('');
      show(options, changed);
    };
    const look = () => examine(examination);
    await watch({ look, first: report, pauseMs: WATCH_PAUSE_MS, onChange, signal });
  }
  return exitCode(report);
}

/** A config that cannot be used is the first finding, not the end. */
async function prepare({ loadConfig, signal, flags, host }: RunDoctorOptions): Promise<DoctorOptions> {
  const config = await loadConfig().catch((error: unknown) => {
    if (error instanceof ArpoEnvError && error.code === 'E_CONFIG') return error;
    throw error;
  });
  const { role, only = [], deep = false, sshConfig } = flags;
  return { config, host, role, only, deep, sshConfig, signal };
}

function show({ console, flags: { verbose = false } }: RunDoctorOptions, report: DoctorReport): void {
  console.result(reportText(report, { verbose, palette: console.resultStyle }));
  console.document(reportDocument(report));
}

/** True when something was changed. */
async function fix(
  { console, signal, flags: { yes = false } }: RunDoctorOptions,
  report: DoctorReport,
): Promise<boolean> {
  const offered = offeredFixes(report);
  if (offered.length === 0) console.info('nothing here can be fixed safely and automatically');
  if (offered.length === 0) return false;
  using prompt = yes ? null : openPrompt({ signal });
  const outcomes = await applyFixes(
    offered,
    async ({ fix: { command } }) => {
      console.info(`→ ${command}`);
      return prompt === null || /^y(es)?$/i.test((await prompt.ask('  apply it? [y/N] ')).trim());
    },
    signal,
  );
  for (const {
    fix: { command },
    error,
  } of outcomes)
    if (error !== null) console.warn(`${command}: ${error}`);
  return outcomes.some(({ applied }) => applied);
}

async function bundle(
  { console }: RunDoctorOptions,
  file: string,
  { config }: DoctorOptions,
  report: DoctorReport,
): Promise<void> {
  const known = 'config' in config ? config.config : null;
  const serverToken = known === null ? null : (await readServerToken(known, localHost(process.env))).token;
  const secrets = [serverToken, known?.providers.remote.token].filter((secret) => secret != null);
  const names = await writeBundle({ file, report, config, state: stateFolder(process.env), secrets });
  console.info(
    `wrote ${file} (${names.join(', ')}); look into it before you send it: tar -xzOf ${file} | less`,
  );
}

function exitCode({ results }: DoctorReport): 0 | 3 {
  return results.some(({ finding }) => finding.status === 'fail') ? 3 : 0;
}
