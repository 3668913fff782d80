/** One run on this machine: what is needed for it, put together; looked at, printed as a script, or applied. */
import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/load.js';
import { localHost } from '../host/local/local-host.js';
import { createLogFile } from '../runs/log-file.js';
import { openServiceManager } from '../runs/service/open-service-manager.js';
import { stateFolder } from '../runs/state-folder.js';
import { readMachine } from './machine.js';
import { renderScript } from './script.js';
import { type Selection, selectSteps } from './select.js';
import { type SetupFlags, setupSettings } from './settings.js';
import {
  applySteps,
  assertNeedsSelected,
  type SetupEvent,
  type StepReport,
  type Survey,
  surveySteps,
} from './setup.js';
import type { SetupContext, Step } from './step.js';
import { STEPS } from './steps/index.js';
import { healthCommand, services } from './steps/services.js';
import { acquireSudo } from './sudo.js';
import { doctorCommand } from './verification.js';

export const LOG_NAME = 'setup-vm';

export interface SessionOptions {
  loaded: LoadedConfig;
  flags: SetupFlags;
  selection: Selection;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export interface Session {
  steps: readonly Step[];
  /** Neither selected nor skipped by name: what the selected ones stand on must be done. */
  unselected: readonly Step[];
  context: SetupContext;
}

export interface ApplyOptions {
  env: NodeJS.ProcessEnv;
  /** A person at the terminal may be asked for sudo's password. */
  interactive: boolean;
}

/** Ready to apply: root's rights are there, and nothing asks any more. Disposing lets them go and closes the log. */
export interface PreparedRun extends AsyncDisposable {
  /** Every command and all its output; readable by its owner only. */
  logFile: string;
  apply(onEvent: (event: SetupEvent) => void): Promise<StepReport[]>;
}

/** Throws E_USAGE for a selection or flags that make no sense. */
export async function openSession({
  loaded,
  flags,
  selection,
  env,
  signal,
}: SessionOptions): Promise<Session> {
  const machine = localHost(env);
  const facts = await readMachine(machine);
  const context: SetupContext = {
    facts,
    settings: setupSettings(loaded, flags, facts.user.home),
    machine,
    services: await openServices(),
    signal,
  };
  const steps = selectSteps(STEPS, selection);
  const unselected = STEPS.filter((step) => !steps.includes(step) && !selection.skip?.includes(step.id));
  return { steps, unselected, context };
}

/** A run that comes to the last step ends with the doctor; one about some step before it, or an uninstall, does not. */
export function endsVerified({ steps }: Session): boolean {
  return steps.at(-1) === STEPS.at(-1);
}

/** Changes nothing. Throws what a step throws that no plan could fix. */
export async function surveySession({ steps, unselected, context }: Session): Promise<Survey> {
  const survey = await surveySteps(steps, context);
  await assertNeedsSelected(survey.needed, unselected, context);
  return survey;
}

/** The plan as a script, made for this machine as it is now. */
export function printScript(session: Session, { needed }: Survey): string {
  const { context } = session;
  const { facts } = context;
  const head = [
    `What arpo-env setup-vm would do on this machine (${facts.distro.name}, ${facts.arch}).`,
    `Run it as ${facts.user.name}: bash FILE. It asks for root where root is needed, and stops at the first failure;`,
    'the next arpo-env setup-vm --dry-run leaves out what is done by then.',
  ];
  const sections = needed.map(({ step, why, commands }) => ({
    id: step.id,
    title: step.title,
    why,
    commands,
  }));
  // Here the engine would wait for the server; the doctor does not.
  const awaited = needed.some(({ step }) => step === services)
    ? healthCommand(context.settings.server)
    : null;
  const verification = {
    id: 'doctor',
    title: 'Verification',
    why: 'exit code 3 when a link is broken',
    commands: [...(awaited === null ? [] : [awaited]), doctorCommand(context)],
  };
  return renderScript(
    head,
    needed.length > 0 && endsVerified(session) ? [...sections, verification] : sections,
  );
}

/** Throws E_NO_SUDO when some step needs root and sudo does not give it. */
export async function applySession(
  { context }: Session,
  survey: Survey,
  options: ApplyOptions,
): Promise<PreparedRun> {
  const isRoot = context.facts.user.uid === 0;
  const sudo = survey.needsRoot
    ? await acquireSudo({ isRoot, interactive: options.interactive, signal: context.signal })
    : null;
  try {
    const log = await createLogFile(stateFolder(options.env).logs, LOG_NAME, []);
    const stream = log.handle.createWriteStream();
    return {
      logFile: log.path,
      apply: (onEvent) => applySteps(survey, context, onEvent, (line) => stream.write(`${line}\n`)),
      async [Symbol.asyncDispose]() {
        sudo?.[Symbol.dispose]();
        await new Promise<void>((resolve) => stream.end(resolve));
      },
    };
  } catch (error) {
    sudo?.[Symbol.dispose]();
    throw error;
  }
}

/**
 * A PATH that is the same from whatever shell we were started: with another one the unit would be another one, and a
 * run that should change nothing would restart the server.
 */
function openServices() {
  const path = [
    dirname(process.execPath),
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
  ];
  return openServiceManager('system', { PATH: [...new Set(path)].join(':') });
}
