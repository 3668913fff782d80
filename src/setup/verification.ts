/** After the last step: what the doctor says about this machine. It is asked as a program, with all of the user's groups. */
import { execa } from 'execa';
import { invocation } from '../host/local/invocation.js';
import { parseJson } from '../lib/json.js';
import { packageFile } from '../lib/package.js';
import { asDockerUser, type Command } from './command.js';

import type { SetupContext } from './step.js';

/** Each of its checks has a limit of its own. */
const LIMIT_MS = 2 * 60_000;

export interface Verification {
  /** No check has failed. */
  healthy: boolean;
  /** The doctor's own document with `--json`; else it has printed its report. */
  document: unknown;
}

/** What `--dry-run` ends with, too. */
export function doctorCommand({ settings }: Pick<SetupContext, 'settings'>): Command {
  const bin = packageFile('bin/arpo-env.js');
  return asDockerUser([process.execPath, bin, 'doctor', '--role', 'vm', '--config', settings.configFile]);
}

/** Throws the signal's reason. */
export async function verifyMachine(context: SetupContext, json: boolean): Promise<Verification> {
  const command = doctorCommand(context);
  const argv: Command['argv'] = json ? [...command.argv, '--json'] : command.argv;
  const isRoot = context.facts.user.uid === 0;
  const { file, args, env, input } = await invocation(argv, command, { env: process.env, isRoot });
  const result = await execa(file, args, {
    reject: false,
    env,
    timeout: LIMIT_MS,
    cancelSignal: context.signal,
    stdout: json ? 'pipe' : 'inherit',
    stderr: 'inherit',
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  context.signal.throwIfAborted();
  return { healthy: result.exitCode === 0, document: json ? parsed(result.stdout ?? '') : null };
}

function parsed(text: string): unknown {
  const failure = { code: 'E_SETUP_STEP', message: `the doctor ended without a report: ${text.trim()}` };
  return parseJson(text) ?? { error: failure };
}
