/** `arpo-env setup-vm` on this machine: shows what is needed, asks, lets the steps do it, and ends with the doctor's word. */
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError } from '../errors.js';
import type { Console } from '../ui/console.js';
import { openPrompt } from '../ui/prompt.js';
import { openStepView } from './live-list.js';
import type { Selection } from './select.js';
import {
  applySession,
  endsVerified,
  openSession,
  printScript,
  type Session,
  surveySession,
} from './session.js';
import type { SetupFlags } from './settings.js';
import { type StepReport, type Survey, unchanged } from './setup.js';
import { type UserData, uninstallSession } from './uninstall.js';
import { verifyMachine } from './verification.js';

export interface SetUpOptions {
  loaded: LoadedConfig;
  flags: SetupFlags & Selection;
  /** Take away what setup-vm made, and of what is the user's only what is named. */
  uninstall: { remove: readonly UserData[] } | null;
  /** Print the plan, change nothing. */
  dryRun: boolean;
  /** Don't ask. */
  yes: boolean;
  console: Console;
  signal: AbortSignal;
}

/** The exit code: 3 when the doctor finds a broken link afterwards. */
export async function setUpHere(options: SetUpOptions): Promise<0 | 3> {
  const { console } = options;
  const session = await sessionOf(options);
  const survey = await surveySession(session);
  if (options.dryRun) {
    const script = printScript(session, survey);
    console.result(script.trimEnd());
    console.document({ script });
    return 0;
  }
  showSurvey(console, survey);
  if (survey.needed.length === 0) return conclude(console, session, unchanged(survey), null);
  if (!options.yes) await askToGoOn(options);
  const { reports, logFile } = await apply(console, session, survey);
  return conclude(console, session, reports, logFile);
}

async function sessionOf({ loaded, flags, uninstall, signal }: SetUpOptions): Promise<Session> {
  const session = await openSession({ loaded, flags, selection: flags, env: process.env, signal });
  return uninstall === null ? session : uninstallSession(session, uninstall.remove, process.env);
}

async function apply(console: Console, session: Session, survey: Survey) {
  await using run = await applySession(session, survey, {
    env: process.env,
    interactive: console.canAsk,
  });
  console.info(`log: ${run.logFile}`);
  await using view = openStepView(
    survey.needed.map(({ step }) => step),
    console,
  );
  const reports = await run.apply((event) => view.onEvent(event));
  return { reports, logFile: run.logFile };
}

async function askToGoOn({ console, signal }: SetUpOptions): Promise<void> {
  if (!console.canAsk) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: 'there is nobody to ask for confirmation',
      fix: 'go on without asking: arpo-env setup-vm --yes; or look at it first: arpo-env setup-vm --dry-run',
    });
  }
  using prompt = openPrompt({ signal });
  const answer = await prompt.ask('Go on? [Y/n] ');
  if (/^(y|yes)?$/i.test(answer.trim())) return;
  throw new ArpoEnvError({
    code: 'E_INTERRUPTED',
    message: 'nothing was changed',
    fix: 'run it again when you are ready',
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
  console: Console,
  session: Session,
  reports: readonly StepReport[],
  logFile: string | null,
): Promise<0 | 3> {
  const changed = reports.filter(({ outcome }) => outcome === 'changed').length;
  console.result(
    changed === 0
      ? 'nothing to do: everything is as it should be'
      : `${changed} of ${reports.length} steps changed this machine`,
  );
  const verification = endsVerified(session) ? await verifyMachine(session.context, console.json) : null;
  console.document({ changed, steps: reports, logFile, doctor: verification?.document ?? null });
  return verification === null || verification.healthy ? 0 : 3;
}
