/** Steps that run commands in the guest: launch, execute (also called command), execute_with_verification. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { fileError } from '../../lib/file-error.js';
import { sleep } from '../../lib/wait.js';
import type { ExecuteResult } from '../agent-answers.js';
import { closeChrome, endsChrome } from '../close-chrome.js';
import { fillPlaceholders, hidePassword } from './placeholders.js';
import { type SetupContext, shellFlag, step } from './step-kind.js';
import { tolerated } from './tolerated.js';

/** OSWorld asks again after 0.3 s and gives up after 5 failed requests; that the wait as a whole ends is ours. */
const UNTIL_INTERVAL_MS = 300;
const UNTIL_FAILURES = 5;
const UNTIL_DEADLINE_MS = 600_000;

const command = z.union([z.string().min(1), z.array(z.string()).min(1)], {
  error: 'must be text or a list of words',
});

/** A file in the task's folder on the host; a name without folders, so that it cannot lead out of there. */
const outputFile = z
  .string()
  .regex(/^(?!\.{1,2}$)[^/\\\0]*$/, 'must be a file name without folders')
  .default('');

/** Met by any one of its members (guest-api.md §6). */
const condition = z.strictObject({
  returncode: z.int().optional(),
  /** Text that the output contains. */
  stdout: z.string().optional(),
  stderr: z.string().optional(),
});

const executeParameters = z.strictObject({
  command,
  stdout: outputFile,
  stderr: outputFile,
  shell: shellFlag,
  until: condition.default({}),
});
type ExecuteParameters = z.output<typeof executeParameters>;

/** Starts a program and does not wait for it. Placeholders are not filled in here: OSWorld does not either. */
export const launch = step(z.strictObject({ command, shell: shellFlag }), async (parameters, context) => {
  const { agent, signal } = context;
  if (endsChrome(parameters.command)) await closeChrome(context);
  const words = parameters.shell ? parameters.command : splitOnBlanks(parameters.command);
  await tolerated(
    `launch ${shown(parameters.command)}`,
    () => agent.launch(words, { shell: parameters.shell, signal }),
    context,
  );
});

/** Runs a command to its end, once or until a condition holds, and keeps its output for the evaluator. */
export const execute = step(executeParameters, async (parameters, context) => {
  if (Object.keys(parameters.until).length === 0) {
    await executeOnce(parameters, context);
  } else {
    await executeUntil(parameters, context);
  }
});

export const executeWithVerification = step(
  z.strictObject({
    command,
    verification: z
      .strictObject({ window_exists: z.string().optional(), command_success: z.string().optional() })
      .default({}),
    /** Seconds. */
    max_wait_time: z.number().nonnegative().max(3600).default(10),
    check_interval: z.number().positive().max(3600).default(1),
    shell: shellFlag,
  }),
  async ({ max_wait_time, check_interval, ...parameters }, { agent, signal }) => {
    await agent.executeWithVerification(
      { ...parameters, maxWaitSeconds: max_wait_time, checkIntervalSeconds: check_interval },
      { signal },
    );
  },
);

async function executeOnce(
  parameters: ExecuteParameters,
  context: SetupContext,
): Promise<ExecuteResult | null> {
  const { agent, signal } = context;
  const what = `execute ${shown(parameters.command)}`;
  // The guest quotes a command that took too long, and by then the password is filled in.
  const onProgress = (text: string) => context.onProgress?.(hidePassword(text, context));
  const fill = (text: string) => fillPlaceholders(text, context);
  const words =
    typeof parameters.command === 'string' ? fill(parameters.command) : parameters.command.map(fill);
  const result = await tolerated(what, () => agent.execute(words, { shell: parameters.shell, signal }), {
    onProgress,
  });
  if (result === null) return null;
  if (result.returncode !== 0) {
    onProgress(`${what} ended with code ${result.returncode}: ${shown(result.error.trim())}`);
  }
  await keep(parameters.stdout, result.output, context);
  await keep(parameters.stderr, result.error, context);
  return result;
}

async function executeUntil(parameters: ExecuteParameters, context: SetupContext): Promise<void> {
  const deadline = AbortSignal.timeout(UNTIL_DEADLINE_MS);
  const signal = AbortSignal.any([context.signal, deadline]);
  let failures = 0;
  while (failures < UNTIL_FAILURES && !deadline.aborted) {
    const result = await executeOnce(parameters, context);
    if (result === null) failures += 1;
    else if (isMet(parameters.until, result)) return;
    await sleep(UNTIL_INTERVAL_MS, signal).catch(() => context.signal.throwIfAborted());
  }
  // OSWorld goes on in silence here; a task whose own condition never held must not be trained on.
  throw new ArpoEnvError({
    code: 'E_SETUP_FAILED',
    message: `execute ${shown(parameters.command)} never met ${JSON.stringify(parameters.until)}: ${
      failures < UNTIL_FAILURES
        ? `given up after ${UNTIL_DEADLINE_MS / 1000} s`
        : `${failures} requests failed`
    }`,
    fix: 'run the command in the desktop and compare what it prints with the step’s `until`',
  });
}

function isMet(until: ExecuteParameters['until'], { returncode, output, error }: ExecuteResult): boolean {
  return (
    until.returncode === returncode ||
    (until.stdout !== undefined && output.includes(until.stdout)) ||
    (until.stderr !== undefined && error.includes(until.stderr))
  );
}

async function keep(name: string, text: string, { cacheDir, signal }: SetupContext): Promise<void> {
  if (name === '') return;
  const file = join(cacheDir, name);
  try {
    await writeFile(file, text, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(error, file);
  }
}

/** Python's `str.split()`; a single word stays a string, as OSWorld sends it. */
function splitOnBlanks(given: string | readonly string[]): string | readonly string[] {
  if (typeof given !== 'string') return given;
  const words = given.trim().split(/\s+/);
  return words.length > 1 ? words : given;
}

function shown(given: string | readonly string[]): string {
  const text = JSON.stringify(given);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
