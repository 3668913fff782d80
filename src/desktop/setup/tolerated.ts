/**
 * Failures that a task's set-up survives. OSWorld only logs a failed launch, execute, activate_window or close_window, and
 * its 369 tasks count on that: `mkdir /home/test1` (os/5812b315) has never been allowed, nine steps install packages from
 * the network within the guest's limit of 120 s, and in `postconfig` a command fails because of what the model left behind,
 * which is the evaluator's to judge. So an *answer* that reports a failure is told to the user and the set-up goes on; a
 * guest that does not answer at all is dead, and ends it.
 */
import { ArpoEnvError } from '../../errors.js';
import type { SetupContext } from './step-kind.js';

/** The operation's result, or null when the guest answered that it failed. */
export async function tolerated<T>(
  what: string,
  operation: () => Promise<T>,
  { onProgress }: Pick<SetupContext, 'onProgress'>,
): Promise<T | null> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof ArpoEnvError && error.code === 'E_AGENT_FAILED')) throw error;
    onProgress?.(`${what} failed; continuing as OSWorld does: ${error.message}`);
    return null;
  }
}
