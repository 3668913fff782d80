/** SSH_ASKPASS: a program that asks the person in a window, when there is no terminal to ask at (ssh(1), ENVIRONMENT). */
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import type { Question } from '../person.js';

/** The program to ask with, or null to ask at the terminal or not at all. */
export function askpassProgram(env: NodeJS.ProcessEnv, hasTerminal: boolean): string | null {
  const program = env.SSH_ASKPASS;
  if (!program || env.SSH_ASKPASS_REQUIRE === 'never') return null;
  if (env.SSH_ASKPASS_REQUIRE === 'force' || env.SSH_ASKPASS_REQUIRE === 'prefer') return program;
  return !hasTerminal && (env.DISPLAY || env.WAYLAND_DISPLAY) ? program : null;
}

/** What the program prints; null when it fails, which is how it says that the person does not want to. */
export async function askpass(
  program: string,
  { text }: Question,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | null> {
  const result = await execa(program, [text], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'ignore',
    cancelSignal: signal,
    reject: false,
  });
  signal.throwIfAborted();
  if (result.code !== undefined) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `SSH_ASKPASS names ${program}, which cannot be run: ${result.code}`,
      fix: 'unset SSH_ASKPASS, or name a program that asks, such as /usr/bin/ssh-askpass',
    });
  }
  return result.failed ? null : result.stdout;
}
