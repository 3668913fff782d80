/** Python code that is run from a file, as `tempfile` names one: it has `__file__`, and its tracebacks show the lines. */
import { randomBytes } from 'node:crypto';
import type { GuestMachine, RunOptions, RunResult } from './machine.js';

export async function runPythonFile(
  { files, programs }: GuestMachine,
  code: string,
  options: RunOptions,
): Promise<RunResult> {
  const path = `/tmp/tmp${randomBytes(4).toString('hex')}.py`;
  await files.write(path, [Buffer.from(code)]);
  try {
    return await programs.run(['python', path], options);
  } finally {
    await files.remove(path);
  }
}
