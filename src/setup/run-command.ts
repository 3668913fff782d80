/** One command of a step, with what surrounds it: its condition, apt's lock, further attempts, progress, its error. */
import { maskCredentials } from '../config/mask.js';
import type { Problem } from '../errors.js';
import { ArpoEnvError } from '../errors.js';
import { doubling, retry } from '../lib/retry.js';
import { sleep } from '../lib/wait.js';
import { shellLine } from '../shell-words.js';
import { formatBytes } from '../ui/format.js';
import { readAptLockHolder } from './apt-lock.js';
import type { Command, Progress } from './command.js';
import { explainCommon } from './explain.js';
import { sizeOf } from './query.js';
import type { CommandFailure, SetupContext, Step } from './step.js';

const APT_WAIT_MS = 15 * 60_000;
const APT_POLL_MS = 1000;
const GROWTH_POLL_MS = 1000;
const EVIDENCE_LINES = 8;

/** Whom a command's output goes to. */
export interface Report {
  line(text: string): void;
  /** Often; not for the log. */
  progress(progress: Progress): void;
}

/** Throws E_SETUP_STEP, or what the step or the table of common causes says more precisely. */
export async function runCommand(
  command: Command,
  step: Step,
  context: SetupContext,
  report: Report,
): Promise<void> {
  const { machine, signal } = context;
  const onLine = (line: string) => report.line(maskCredentials(line));
  if (!(await applies(command, machine))) return;
  if (command.lock === 'apt') await waitForApt(context, onLine);
  onLine(`$ ${commandText(command)}`);
  await using _growth = watchGrowth(command, context, report);
  try {
    await retry(() => attempt(command, context, { ...report, line: onLine }), {
      attempts: command.retry?.attempts ?? 1,
      delayMs: doubling(2000, 30_000),
      signal,
      isRetryable: (error) =>
        error instanceof FailedAttempt &&
        !command.retry?.finalExitCodes.includes(error.failure.exitCode ?? -1),
      onRetry: () => onLine('that failed; trying again'),
    });
  } catch (error) {
    if (!(error instanceof FailedAttempt)) throw error;
    throw stepError(error.failure, step, context);
  }
}

/** As a person would type it, without secrets. */
export function commandText({ argv, as }: Command): string {
  return maskCredentials(`${as === 'root' ? 'sudo ' : ''}${shellLine(argv)}`);
}

class FailedAttempt extends Error {
  constructor(readonly failure: CommandFailure) {
    super('a command failed');
  }
}

async function attempt(command: Command, { machine, signal }: SetupContext, report: Report): Promise<void> {
  const read = command.progress?.();
  const onLine = (line: string) => {
    const progress = read?.(line) ?? null;
    if (progress === null) report.line(line);
    else report.progress(progress);
  };
  const { argv, as, cwd, env, stdin: input, limitMs: timeoutMs, terminal } = command;
  const how = { as, cwd, env, input, timeoutMs, terminal };
  const { exitCode, lines } = await machine.follow(argv, { ...how, signal, onLine });
  if (exitCode !== 0) throw new FailedAttempt({ command, exitCode, lines });
}

async function applies({ onlyIf }: Command, machine: SetupContext['machine']): Promise<boolean> {
  if (onlyIf === undefined) return true;
  if ('missing' in onlyIf) return !(await machine.exists(onlyIf.missing));
  return (await Promise.all(onlyIf.exists.map((path) => machine.exists(path)))).includes(true);
}

async function waitForApt({ machine, signal }: SetupContext, onLine: (line: string) => void): Promise<void> {
  const deadline = performance.now() + APT_WAIT_MS;
  for (let told = ''; ; ) {
    const holder = await readAptLockHolder(machine);
    if (holder === null) return;
    if (performance.now() > deadline) {
      throw new ArpoEnvError({
        code: 'E_TIMEOUT',
        message: `apt has been locked by ${holder} for ${APT_WAIT_MS / 60_000} min`,
        fix: `let it finish, or see what it does: ps -fp ${/\d+/.exec(holder)?.[0] ?? ''}`,
      });
    }
    if (holder !== told) onLine(`waiting for apt, which ${holder} has locked`);
    told = holder;
    await sleep(APT_POLL_MS, signal);
  }
}

/** How far the file is that the command writes, until disposed. */
function watchGrowth({ grows }: Command, context: SetupContext, report: Report): AsyncDisposable {
  const over = new AbortController();
  const watch = async () => {
    while (grows !== undefined && !over.signal.aborted) {
      await sleep(GROWTH_POLL_MS, over.signal);
      const bytes = await sizeOf(context, grows.path);
      if (bytes === null) continue;
      report.progress(bytesOf(bytes, grows.totalBytes));
    }
  };
  // Its only end is the abort; a failed look at the size must not end the command.
  const watching = watch().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
    },
  };
}

function bytesOf(bytes: number, total: number | null): Progress {
  if (total === null) return { fraction: null, text: formatBytes(bytes) };
  return { fraction: Math.min(1, bytes / total), text: `${formatBytes(bytes)} of ${formatBytes(total)}` };
}

function stepError(failure: CommandFailure, step: Step, context: SetupContext): ArpoEnvError {
  const lines = failure.lines.map(maskCredentials);
  const end = failure.exitCode === null ? 'did not end in time' : `ended with exit code ${failure.exitCode}`;
  const evidence = lines.slice(-EVIDENCE_LINES).map((line) => `\n  ${line}`);
  const general: Problem = {
    code: 'E_SETUP_STEP',
    message: `${step.title}: ${commandText(failure.command)} ${end}`,
    fix: 'fix what it says',
  };
  const { code, message, fix } =
    step.explain?.({ ...failure, lines }, context) ?? explainCommon({ ...failure, lines }) ?? general;
  const what =
    message === general.message ? message : `${step.title}: ${message}\n  $ ${commandText(failure.command)}`;
  return new ArpoEnvError({
    code,
    message: `${what}${evidence.join('')}`,
    fix: `${fix}; then run the same command again: it resumes here`,
  });
}
