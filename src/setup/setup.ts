/**
 * A fresh Ubuntu or Debian becomes an env machine: inspect every step, show what is needed, apply it, inspect again.
 * Nothing about a step is remembered between runs, so that a run that was cut off goes on where the machine is.
 */

import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import type { Command, Progress } from './command.js';
import { type Report, runCommand } from './run-command.js';
import type { Inspection, SetupContext, Step } from './step.js';

export type StepOutcome = 'unchanged' | 'changed' | 'not-applicable';

export interface StepReport {
  id: string;
  title: string;
  outcome: StepOutcome;
  /** What was seen, or why it does not apply. */
  note: string;
}

/** What a person watches. */
export type SetupEvent =
  | { step: string; state: 'running' }
  | { step: string; state: 'line'; text: string }
  | { step: string; state: 'progress'; progress: Progress }
  | { step: string; state: StepOutcome; note: string }
  | { step: string; state: 'failed'; note: string };

export interface NeededStep {
  step: Step;
  why: string;
  /** Made from the machine as it is now; it is made again when the step's turn comes. */
  commands: Command[];
}

export interface Survey {
  /** In the order of the steps. */
  inspections: { step: Step; inspection: Inspection }[];
  needed: NeededStep[];
  /** Some command of it needs root. */
  needsRoot: boolean;
}

/** Looks at every step and changes nothing. Throws what a step throws, e.g. E_UNSUPPORTED_MACHINE. */
export async function surveySteps(steps: readonly Step[], context: SetupContext): Promise<Survey> {
  const inspections: Survey['inspections'] = [];
  const needed: NeededStep[] = [];
  for (const step of steps) {
    const inspection = await inspect(step, context);
    inspections.push({ step, inspection });
    if (inspection.state === 'needed')
      needed.push({ step, why: inspection.why, commands: await step.plan(context) });
  }
  return {
    inspections,
    needed,
    needsRoot: needed.some(({ commands }) => commands.some(({ as }) => as === 'root')),
  };
}

/** Throws E_USAGE when a needed step stands on one of `unselected` that is needed as well. */
export async function assertNeedsSelected(
  needed: readonly NeededStep[],
  unselected: readonly Step[],
  context: SetupContext,
): Promise<void> {
  for (const { step } of needed) {
    for (const other of unselected.filter(({ id }) => step.needs.includes(id))) {
      const inspection = await inspect(other, context);
      if (inspection.state !== 'needed') continue;
      throw new ArpoEnvError({
        code: 'E_USAGE',
        message: `step ${step.id} depends on step ${other.id}, which is not done (${inspection.why}) and not selected`,
        fix: `arpo-env setup-vm --only ${other.id},${step.id}; or, if you are sure, --skip ${other.id}`,
      });
    }
  }
}

/** Applies what the survey found needed, in order. Throws at the first step that fails; the next run goes on there. */
export async function applySteps(
  survey: Survey,
  context: SetupContext,
  onEvent: (event: SetupEvent) => void,
  log: (line: string) => void,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const { step, inspection } of survey.inspections) {
    context.signal.throwIfAborted();
    const { state, note } =
      inspection.state === 'needed'
        ? await applyStep(step, context, onEvent, log)
        : outcomeOf(inspection, 'unchanged');
    reports.push({ id: step.id, title: step.title, outcome: state, note });
  }
  return reports;
}

/** The report of a run that had nothing to do. */
export function unchanged({ inspections }: Survey): StepReport[] {
  return inspections.flatMap(({ step: { id, title }, inspection }) => {
    if (inspection.state === 'needed') return [];
    const { state, note } = outcomeOf(inspection, 'unchanged');
    return [{ id, title, outcome: state, note }];
  });
}

async function applyStep(
  step: Step,
  context: SetupContext,
  onEvent: (event: SetupEvent) => void,
  log: (line: string) => void,
): Promise<{ state: StepOutcome; note: string }> {
  onEvent({ step: step.id, state: 'running' });
  const report: Report = {
    line: (text) => {
      log(text);
      onEvent({ step: step.id, state: 'line', text });
    },
    progress: (progress) => onEvent({ step: step.id, state: 'progress', progress }),
  };
  try {
    const before = await inspect(step, context);
    if (before.state === 'needed') {
      for (const command of await step.plan(context)) await runCommand(command, step, context, report);
    }
    const after = await inspect(step, context);
    if (after.state === 'needed') throw withoutEffect(step, after.why);
    await step.verify?.(context);
    const outcome = outcomeOf(after, before.state === 'needed' ? 'changed' : 'unchanged');
    onEvent({ step: step.id, ...outcome });
    return outcome;
  } catch (error) {
    const note = messageOf(error);
    onEvent({ step: step.id, state: 'failed', note: note.split('\n')[0] ?? '' });
    throw error;
  }
}

async function inspect(step: Step, context: SetupContext): Promise<Inspection> {
  context.signal.throwIfAborted();
  if (step.dockerOnly && !context.settings.usesDocker) {
    return {
      state: 'not-applicable',
      why: `desktops come from ${context.settings.provider}, not from Docker`,
    };
  }
  return step.inspect(context);
}

function outcomeOf(
  inspection: Exclude<Inspection, { state: 'needed' }>,
  done: 'changed' | 'unchanged',
): { state: StepOutcome; note: string } {
  return inspection.state === 'done'
    ? { state: done, note: inspection.note }
    : { state: 'not-applicable', note: inspection.why };
}

function withoutEffect(step: Step, why: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `${step.title}: every command succeeded, but: ${why}`,
    fix: 'see the log; then run the same command again: it resumes here',
  });
}
