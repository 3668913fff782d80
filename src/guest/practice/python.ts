/** `python` on a desktop without Python: pyautogui code is read and carried out, all other code is an error. */
import type { GuestInput } from '../input.js';
import type { GuestClock } from '../machine.js';
import { performSteps } from '../pyautogui/perform.js';
import { PythonError } from '../pyautogui/python-error.js';
import { readPyautogui } from '../pyautogui/read.js';
import type { InputStep } from '../pyautogui/steps.js';
import { resolve } from './shell/commands/files.js';
import { type CommandIo, type ShellCommand, UsageError } from './shell/shell.js';

interface PythonHost {
  input(): GuestInput;
  /** A new program begins to click. */
  begin(): void;
}

/** `python -c CODE`, `python FILE`, or the code on stdin. */
export function pythonCommand(host: PythonHost): ShellCommand {
  return async (io) => {
    const code = codeOf(io);
    let steps: InputStep[];
    try {
      steps = readPyautogui(code);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      io.err(error.toStderr(code));
      return 1;
    }
    host.begin();
    await performSteps(steps, host.input(), guestTime(io), io.host.signal);
    return 0;
  };
}

function codeOf(io: CommandIo): string {
  const [first, second] = io.args;
  if (first === '-c') {
    if (second === undefined) throw new UsageError('argument expected for the -c option');
    return second;
  }
  if (first?.startsWith('-') && first !== '-') throw new UsageError(`unknown option ${first}`);
  return (
    first === undefined || first === '-' ? io.stdin : io.host.files.read(resolve(io, first))
  ).toString();
}

/** Waiting counts against the program's time limit. */
function guestTime({ host }: CommandIo): GuestClock {
  return { now: () => host.now(), sleep: (ms) => host.sleep(ms / 1000) };
}
