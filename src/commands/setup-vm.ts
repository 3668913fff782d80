/** `arpo-env setup-vm`: shows what is needed, asks, and lets the steps do it. */
import { Option } from 'commander';
import { ArpoEnvError } from '../errors.js';
import type { Session } from '../setup/session.js';
import { type StepReport, type Survey, unchanged } from '../setup/setup.js';
import { USER_DATA, type UserData } from '../setup/uninstall.js';
import type { Console } from '../ui/console.js';
import { type CommandContext, defineCommand, type ExitCode } from './command.js';

interface Options {
  only?: string[];
  skip?: string[];
  from?: string;
  dockerSource?: string;
  repo?: string;
  branch?: string;
  dir?: string;
  qcow2?: string;
  tunnel?: string;
  offline?: string;
  host?: string;
  uninstall?: boolean;
  remove?: UserData[];
  dryRun?: boolean;
  yes?: boolean;
}

/** What the other side's run can have ended with. */
const EXIT_CODES = [0, 1, 2, 3, 130] as const;

export default defineCommand<Options>({
  configure(command) {
    command
      .description(
        'Docker, KVM, repository, venv, desktop image, disk and services on this Ubuntu or Debian machine; what is done already stays. Ends with what the doctor says about it; exit code 3 when a link is broken.',
      )
      .option('--host <host>', 'set up that machine over SSH instead of this one')
      .option('--dry-run', 'print the plan as a shell script, change nothing')
      .option('--yes', 'do not ask before the plan is applied')
      .option('--only <steps>', 'these steps, with commas between', commas)
      .option('--skip <steps>', 'all steps but these', commas)
      .option('--from <step>', 'this step and those after it')
      .option(
        '--docker-source <source>',
        "docker: its own apt repository; distro: the distribution's; present: as it is",
      )
      .option('--repo <url>', 'repository with the Python env server and OSWorld')
      .option('--branch <branch>', 'its branch')
      .option('--dir <dir>', 'where it is cloned to')
      .option('--qcow2 <file>', "a guest's disk that is there already")
      .option('--tunnel <host>', 'keep the tunnel to this SSH host up as a service')
      .option(
        '--offline <dir>',
        'take debs/, repo/, wheels/, image.tar and the qcow2 (or its .zip) from this folder',
      )
      .option('--uninstall', 'remove services, config and state, nothing of yours')
      .addOption(
        new Option('--remove <what...>', 'with --uninstall, also what is yours').choices([...USER_DATA]),
      );
  },
  examples: [
    'arpo-env setup-vm --tunnel deepx',
    'arpo-env setup-vm --dry-run > setup.sh',
    'arpo-env setup-vm --host vm.example --yes',
  ],
  async run(context, options) {
    if (options.host !== undefined) return setUpThere(context, options.host);
    return setUpHere(context, options);
  },
});

async function setUpThere({ console, signal, loadConfig }: CommandContext, host: string): Promise<ExitCode> {
  const { setUpHost, withoutHost } = await import('../setup/remote/set-up-host.js');
  const { config } = await loadConfig();
  const exitCode = await setUpHost({
    host,
    args: withoutHost(process.argv.slice(2)),
    nodeUrl: config.setup.nodeUrl,
    interactive: asksPerson(console),
    signal,
    say: (text) => console.info(text),
  });
  return EXIT_CODES.find((code) => code === exitCode) ?? 1;
}

async function setUpHere(context: CommandContext, options: Options): Promise<ExitCode> {
  const { console } = context;
  const { printScript, surveySession } = await import('../setup/session.js');
  const session = await sessionOf(context, options);
  const survey = await surveySession(session);
  if (options.dryRun) {
    const script = printScript(session, survey);
    console.result(script.trimEnd());
    console.document({ script });
    return 0;
  }
  showSurvey(console, survey);
  if (survey.needed.length === 0) return conclude(context, session, unchanged(survey), null);
  if (!options.yes) await askToGoOn(context);
  const { reports, logFile } = await apply(context, session, survey);
  return conclude(context, session, reports, logFile);
}

async function sessionOf(context: CommandContext, options: Options): Promise<Session> {
  const { openSession } = await import('../setup/session.js');
  const session = await openSession({
    loaded: await context.loadConfig(configFlags(options)),
    flags: options,
    selection: options,
    env: process.env,
    signal: context.signal,
  });
  if (!options.uninstall) return session;
  const { uninstallSession } = await import('../setup/uninstall.js');
  return uninstallSession(session, options.remove ?? [], process.env);
}

async function apply(context: CommandContext, session: Session, survey: Survey) {
  const [{ applySession }, { openStepView }] = await Promise.all([
    import('../setup/session.js'),
    import('../setup/live-list.js'),
  ]);
  const { console } = context;
  await using run = await applySession(session, survey, {
    env: process.env,
    interactive: asksPerson(console),
  });
  console.info(`log: ${run.logFile}`);
  await using view = openStepView(
    survey.needed.map(({ step }) => step),
    console,
  );
  const reports = await run.apply((event) => view.onEvent(event));
  return { reports, logFile: run.logFile };
}

function configFlags({ dockerSource, repo, branch, dir, tunnel }: Options): Record<string, unknown> {
  return {
    setup: { dockerSource, repoUrl: repo, repoBranch: branch, repoDir: dir },
    tunnel: { host: tunnel },
  };
}

function commas(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function asksPerson(console: Console): boolean {
  return console.interactive && process.stdin.isTTY && !console.json;
}

async function askToGoOn({ console, signal }: CommandContext): Promise<void> {
  if (!asksPerson(console)) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: 'nobody can be asked whether to go on',
      fix: 'go on without asking: arpo-env setup-vm --yes; or look at it first: arpo-env setup-vm --dry-run',
    });
  }
  const { openPrompt } = await import('../ui/prompt.js');
  using prompt = openPrompt({ signal });
  const answer = await prompt.ask('Go on? [Y/n] ');
  if (/^(y|yes)?$/i.test(answer.trim())) return;
  throw new ArpoEnvError({
    code: 'E_INTERRUPTED',
    message: 'nothing was changed',
    fix: 'run it again when it suits',
  });
}

function showSurvey(console: Console, { inspections }: Survey): void {
  for (const { step, inspection } of inspections) {
    switch (inspection.state) {
      case 'done':
        console.success(`${step.title}: ${inspection.note}`);
        break;
      case 'not-applicable':
        console.info(`${console.style.dim('–')} ${step.title}: ${inspection.why}`);
        break;
      case 'needed':
        console.info(`${console.style.cyan('+')} ${step.title}: ${inspection.why}`);
    }
  }
}

/** What has changed, and what the doctor says about the machine as it is now. */
async function conclude(
  { console }: CommandContext,
  session: Session,
  reports: readonly StepReport[],
  logFile: string | null,
): Promise<ExitCode> {
  const changed = reports.filter(({ outcome }) => outcome === 'changed').length;
  console.result(
    changed === 0
      ? 'nothing to do: everything is as it should be'
      : `${changed} of ${reports.length} steps changed this machine`,
  );
  const [{ endsVerified }, { verifyMachine }] = await Promise.all([
    import('../setup/session.js'),
    import('../setup/verification.js'),
  ]);
  const verification = endsVerified(session) ? await verifyMachine(session.context, console.json) : null;
  console.document({ changed, steps: reports, logFile, doctor: verification?.document ?? null });
  return verification === null || verification.healthy ? 0 : 3;
}
