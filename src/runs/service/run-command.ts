/** Runs systemctl, launchctl and the like: arguments as a list, output as text, an exit code as an answer. */
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Throws E_SERVICE when the program is missing or does not end in time. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  signal: AbortSignal,
) => Promise<CommandResult>;

/** Stopping a service waits for its orderly end (TimeoutStopSec in the unit). */
const TIMEOUT_MS = 120_000;

export const runCommand: RunCommand = async (program, args, signal) => {
  const result = await execa(program, args, { reject: false, timeout: TIMEOUT_MS, cancelSignal: signal });
  signal.throwIfAborted();
  if (result.exitCode === undefined) {
    throw new ArpoEnvError(
      {
        code: 'E_SERVICE',
        message: `${program} ${args.join(' ')} failed: ${result.originalMessage ?? `ended by ${result.signal}`}`,
        fix: 'run it in the background instead: arpo-env serve --detach',
      },
      { cause: result },
    );
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
};
