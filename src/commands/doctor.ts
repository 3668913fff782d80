/** `arpo-env doctor`: the first broken link of the chain, with the command that fixes it. */
import { Option } from 'commander';
import type { DoctorOptions, DoctorReport } from '../doctor/doctor.js';
import type { Role } from '../doctor/role.js';
import { ArpoEnvError } from '../errors.js';
import { type CommandContext, defineCommand, type ExitCode } from './command.js';

interface DoctorFlags {
  role?: Role;
  only?: string[];
  list?: boolean;
  verbose?: boolean;
  deep?: boolean;
  fix?: boolean;
  yes?: boolean;
  watch?: boolean;
  bundle?: string;
  sshConfig?: string;
}

const WATCH_PAUSE_MS = 5000;

export default defineCommand<DoctorFlags>({
  configure(command) {
    command
      .description(
        'Find the first broken link between desktop and trainer, and the command that fixes it. Exit code 3 when one is broken.',
      )
      .argument('[host]', "SSH host of the cluster; default: the config's")
      .addOption(
        new Option('--role <role>', 'what this machine is').choices(['vm', 'laptop', 'cluster', 'ec2']),
      )
      .option('--only <names...>', 'checks, families or links; what they need is looked at too')
      .option('--list', 'the checks, instead of running them')
      .option('--verbose', 'every check, with its time')
      .option('--deep', 'also what takes longer: boots a tiny guest under KVM')
      .option('--fix', 'apply the fixes that are safe, after asking, and look again')
      .option('--yes', 'with --fix: without asking')
      .option('--watch', 'look again until Ctrl-C')
      .option('--bundle <file>', 'write a .tar.gz for a bug report, without secrets')
      .option('--ssh-config <file>', 'ssh_config to use instead of yours');
  },
  examples: [
    'arpo-env doctor',
    'arpo-env doctor deepx',
    'arpo-env doctor --only ssh tunnel --verbose',
    'arpo-env doctor --fix',
  ],
  async run(context, flags, host) {
    if (flags.list) return list(context);
    const examination = await prepare(context, flags, host);
    const { examine } = await import('../doctor/doctor.js');
    let report = await examine(examination);
    await show(context, flags, report);
    if (flags.fix && (await fix(context, flags, report))) {
      report = await examine(examination);
      await show(context, flags, report);
    }
    if (flags.bundle !== undefined) await bundle(context, flags.bundle, examination, report);
    if (flags.watch) {
      const { watch } = await import('../doctor/watch.js');
      const onChange = async (changed: DoctorReport) => {
        context.console.result('');
        await show(context, flags, changed);
      };
      const look = () => examine(examination);
      await watch({ look, first: report, pauseMs: WATCH_PAUSE_MS, onChange, signal: context.signal });
    }
    return exitCode(report);
  },
});

/** A config that cannot be used is the first finding, not the end. */
async function prepare(
  { loadConfig, signal }: CommandContext,
  flags: DoctorFlags,
  host: string | undefined,
): Promise<DoctorOptions> {
  const config = await loadConfig().catch((error: unknown) => {
    if (error instanceof ArpoEnvError && error.code === 'E_CONFIG') return error;
    throw error;
  });
  const { role, only = [], deep = false, sshConfig } = flags;
  return { config, host, role, only, deep, sshConfig, signal };
}

async function list({ console }: CommandContext): Promise<ExitCode> {
  const [{ CHECKS }, { checkRows }, { renderTable }] = await Promise.all([
    import('../doctor/checks/index.js'),
    import('../doctor/report.js'),
    import('../ui/table.js'),
  ]);
  const rows = checkRows(CHECKS);
  console.result(renderTable(['check', 'link', 'what', 'on'], rows, { width: console.columns }));
  console.document({ checks: rows.map(([id, link, title, roles]) => ({ id, link, title, roles })) });
  return 0;
}

async function show(
  { console }: CommandContext,
  { verbose = false }: DoctorFlags,
  report: DoctorReport,
): Promise<void> {
  const { reportDocument, reportText } = await import('../doctor/report.js');
  console.result(reportText(report, { verbose, palette: console.resultStyle }));
  console.document(reportDocument(report));
}

/** True when something was changed. */
async function fix(
  { console, signal }: CommandContext,
  { yes = false }: DoctorFlags,
  report: DoctorReport,
): Promise<boolean> {
  const [{ applyFixes, offeredFixes }, { openPrompt }] = await Promise.all([
    import('../doctor/fix.js'),
    import('../ui/prompt.js'),
  ]);
  const offered = offeredFixes(report);
  if (offered.length === 0) console.info('nothing here can be fixed safely without you');
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
  { console }: CommandContext,
  file: string,
  { config }: DoctorOptions,
  report: DoctorReport,
): Promise<void> {
  const [{ writeBundle }, { stateFolder }, { readServerToken }, { localHost }] = await Promise.all([
    import('../doctor/bundle.js'),
    import('../runs/state-folder.js'),
    import('../doctor/facts/token.js'),
    import('../host/local/local-host.js'),
  ]);
  const known = 'config' in config ? config.config : null;
  const serverToken = known === null ? null : (await readServerToken(known, localHost(process.env))).token;
  const secrets = [serverToken, known?.providers.remote.token].filter((secret) => secret != null);
  const names = await writeBundle({ file, report, config, state: stateFolder(process.env), secrets });
  console.info(
    `wrote ${file} (${names.join(', ')}); look into it before you send it: tar -xzOf ${file} | less`,
  );
}

function exitCode({ results }: DoctorReport): ExitCode {
  return results.some(({ finding }) => finding.status === 'fail') ? 3 : 0;
}
