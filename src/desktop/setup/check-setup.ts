/** What is wrong with a task's steps, as far as that can be seen before anything boots. Pure. */
import type { z } from 'zod';
import { nearestName } from '../../config/nearest.js';
import type { Problem } from '../../errors.js';
import type { SetupStep } from '../task.js';
import { STEPS } from './steps.js';

export interface SetupChecks {
  /** Whether the desktop has a Chrome that can be steered. Default true. */
  hasChrome?: boolean;
}

/**
 * E_TASK_INVALID for an unknown type or parameter and for what these desktops cannot do, E_TASK_CREDENTIALS for an
 * account we do not have; all of them at once, up to some fifty.
 */
export function checkSetup(steps: readonly SetupStep[], checks: SetupChecks = {}): Problem[] {
  const problems: Problem[] = [];
  for (const [index, step] of steps.entries()) {
    problems.push(...checkStep(step, `setup step ${index + 1} (${step.type})`, checks));
    if (problems.length > MOST) break;
  }
  return problems;
}

/** More of them say nothing new, and take their time. */
const MOST = 50;

function checkStep(
  { type, parameters }: SetupStep,
  where: string,
  { hasChrome = true }: SetupChecks,
): Problem[] {
  const kind = STEPS.get(type);
  if (!kind) {
    const known = [...STEPS.keys()];
    const nearest = nearestName(type, known);
    return [
      invalid(
        `${where} has an unknown type`,
        nearest ? `did you mean ${nearest}?` : `known are ${known.join(', ')}`,
      ),
    ];
  }
  const parsed = kind.parameters.safeParse(parameters);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) =>
      invalid(`${where}: ${told(issue)}`, `fix the parameters of this ${type} step in the task`),
    );
  }
  if ('run' in kind) return kind.needsChrome && !hasChrome ? [noChrome(where)] : [];
  return [
    {
      code: 'E_TASK_CREDENTIALS',
      message: `${where} needs credentials that arpo-env does not use: ${kind.credentials}, as ${parameters.settings_file}`,
      fix: 'leave this task out, as OSWorld’s own list test_nogdrive.json (361 tasks) does',
    },
  ];
}

function noChrome(where: string): Problem {
  return {
    code: 'E_TASK_INVALID',
    message: `${where} needs a Chrome, and the desktops of this server have none`,
    fix: 'serve desktops that have one: arpo-env serve --provider local, or --provider docker',
  };
}

function told({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

function invalid(message: string, fix: string): Problem {
  return { code: 'E_TASK_INVALID', message, fix };
}
