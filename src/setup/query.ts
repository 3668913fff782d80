/** Questions to the machine, for steps: what is asked changes nothing. */
import { ArpoEnvError } from '../errors.js';
import type { RunResult } from '../host/host.js';
import { shellLine } from '../shell-words.js';
import type { Command } from './command.js';
import type { SetupContext } from './step.js';

const LIMIT_MS = 20_000;

/** A program's answer; 127 when it is missing. Throws E_TIMEOUT when there is none. */
export async function query(
  { machine, signal }: Pick<SetupContext, 'machine' | 'signal'>,
  { argv, as, cwd, env }: Pick<Command, 'argv' | 'as' | 'cwd' | 'env'>,
): Promise<RunResult & { exitCode: number }> {
  const { exitCode, ...output } = await machine.run(argv, { as, cwd, env, signal, timeoutMs: LIMIT_MS });
  if (exitCode !== null) return { exitCode, ...output };
  throw new ArpoEnvError({
    code: 'E_TIMEOUT',
    message: `${shellLine(argv)} did not end within ${LIMIT_MS / 1000} s`,
    fix: 'run it by hand to see what it waits for',
  });
}

/** Null when there is no such file. Throws E_NO_PERMISSION for one that is there and may not be read: it must not pass for missing. */
export async function readIfThere(
  { machine }: Pick<SetupContext, 'machine'>,
  path: string,
): Promise<string | null> {
  const text = await machine.readText(path);
  if (text !== null || !(await machine.exists(path))) return text;
  throw new ArpoEnvError({
    code: 'E_NO_PERMISSION',
    message: `${path} cannot be read`,
    fix: `check what it is and who may read it: ls -ld ${shellLine([path])}`,
  });
}

/** Bytes of a file, or of all files right in a folder; null when there is nothing. */
export async function sizeOf(
  { machine }: Pick<SetupContext, 'machine'>,
  path: string,
): Promise<number | null> {
  const found = await machine.stat(path);
  if (found === null || found.kind === 'file') return found?.size ?? null;
  const within = await Promise.all((await machine.list(path)).map((name) => machine.stat(`${path}/${name}`)));
  return within.reduce((sum, file) => sum + (file?.size ?? 0), 0);
}
