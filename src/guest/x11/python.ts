/**
 * `python -c` on a real desktop: pyautogui calls with constant arguments go straight to the screen, without an
 * interpreter's start; all other code goes to the Python of this machine, right or wrong.
 */
import { withDeadline } from '../../lib/wait.js';
import { FileError } from '../file-error.js';
import type { GuestInput } from '../input.js';
import type { GuestClock, RunOptions, RunResult } from '../machine.js';
import { GuestError, GuestTimeout } from '../machine.js';
import { performSteps } from '../pyautogui/perform.js';
import { PythonError } from '../pyautogui/python-error.js';
import { type ReadOptions, readPyautogui } from '../pyautogui/read.js';
import type { InputStep } from '../pyautogui/steps.js';

const INTERPRETER = /^(?:.*\/)?python(?:3(?:\.\d+)?)?$/;
/** Seconds: pyautogui's own PAUSE. After the last call nobody waits for them. */
const PAUSE = 0.1;
const NO_PYAUTOGUI = /No module named '?pyautogui/;
const FIX =
  'arpo-env: only pyautogui and time.sleep calls with constant arguments run without Python; this code needs python3 with pyautogui, which `arpo-env setup-vm` installs\n';

interface PythonHost {
  input: GuestInput;
  clock: GuestClock;
  /** Runs the real Python. Throws GuestError. */
  run(argv: readonly string[], options: RunOptions): Promise<RunResult>;
}

export function isPython([program = '']: readonly string[]): boolean {
  return INTERPRETER.test(program);
}

/** The code of `python -c CODE`; null for every other command line. */
export function codeOf([program = '', option, code, ...rest]: readonly string[]): string | null {
  return isPython([program]) && option === '-c' && rest.length === 0 ? (code ?? null) : null;
}

/**
 * Throws GuestError when it cannot be started and GuestTimeout at its time limit. Only where there is no Python at all is it
 * our own word that code is wrong.
 */
export async function runCode(
  argv: readonly string[],
  code: string,
  host: PythonHost,
  options: RunOptions,
): Promise<RunResult> {
  const steps = stepsOf(code, { withoutFailsafe: true });
  if (!(steps instanceof PythonError)) return perform(argv, steps, host, options);
  try {
    return explain(await host.run(argv, options));
  } catch (problem) {
    if (!(problem instanceof FileError && problem.code === 'ENOENT')) throw problem;
    const readable = stepsOf(code, { withoutFailsafe: false });
    if (!(readable instanceof PythonError)) return perform(argv, readable, host, options);
    return failed(readable.toStderr(code) + FIX);
  }
}

function stepsOf(code: string, options: ReadOptions): InputStep[] | PythonError {
  try {
    return readPyautogui(code, { ...options, pause: PAUSE });
  } catch (error) {
    if (error instanceof PythonError) return error;
    throw error;
  }
}

async function perform(
  argv: readonly string[],
  steps: readonly InputStep[],
  { input, clock }: PythonHost,
  { timeoutSeconds, signal }: RunOptions,
): Promise<RunResult> {
  const limitMs = Math.min(timeoutSeconds * 1000, 2 ** 31 - 1);
  const late = () => new GuestTimeout(argv, timeoutSeconds);
  return withDeadline(signal, limitMs, late, async (limit) => {
    try {
      await performSteps(steps, input, { clock, signal: limit });
      return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), returncode: 0 };
    } catch (error) {
      limit.throwIfAborted();
      if (!(error instanceof GuestError)) throw error;
      return failed(`${error.message}\n`);
    }
  });
}

/** Python that lacks pyautogui says so in its own words; the fix is added. */
function explain(result: RunResult): RunResult {
  if (result.returncode === 0 || !NO_PYAUTOGUI.test(result.stderr.toString())) return result;
  return { ...result, stderr: Buffer.concat([result.stderr, Buffer.from(FIX)]) };
}

function failed(stderr: string): RunResult {
  return { stdout: Buffer.alloc(0), stderr: Buffer.from(stderr), returncode: 1 };
}
