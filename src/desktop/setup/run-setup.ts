/** A task's set-up: OSWorld's steps that bring a fresh desktop into the state in which the task begins. */

import { ArpoEnvError, toArpoEnvError } from '../../errors.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import type { SetupStep } from '../task.js';
import { checkSetup } from './check-setup.js';
import type { SetupContext } from './step-kind.js';
import { STEPS } from './steps.js';

export { checkSetup } from './check-setup.js';
export type { SetupContext } from './step-kind.js';

/**
 * Runs the steps in order: a task's `config`, or its evaluator's `postconfig`. Throws what `checkSetup` finds before
 * the first step runs, then E_SETUP_FAILED naming the step, or the signal's reason. What OSWorld lets fail is told to
 * `onProgress` and goes on (see tolerated.ts).
 */
export async function runSetup(steps: readonly SetupStep[], context: SetupContext): Promise<void> {
  const [problem] = checkSetup(steps);
  if (problem) throw new ArpoEnvError(problem);
  await makeFolder(context.cacheDir).catch((error: unknown) => {
    throw fileError(error, context.cacheDir);
  });
  for (const [index, step] of steps.entries()) {
    context.signal.throwIfAborted();
    const where = `setup step ${index + 1} of ${steps.length} (${step.type})`;
    context.onProgress?.(where);
    try {
      await runStep(step, context);
    } catch (error) {
      context.signal.throwIfAborted();
      const cause = toArpoEnvError(error);
      throw new ArpoEnvError(
        { code: 'E_SETUP_FAILED', message: `${where} failed: ${cause.message}`, fix: cause.fix },
        { cause },
      );
    }
  }
}

async function runStep({ type, parameters }: SetupStep, context: SetupContext): Promise<void> {
  const kind = STEPS.get(type);
  if (!kind || !('run' in kind)) throw new Error(`${type} has passed the check and cannot be run`);
  await kind.run(parameters, context);
}
