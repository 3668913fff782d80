/** `python` on a desktop without Python: pyautogui code is read and carried out, nearly all other code is an error. */
import type { GuestInput } from '../../input.js';
import type { GuestClock } from '../../machine.js';
import { performSteps } from '../../pyautogui/perform.js';
import { PythonError } from '../../pyautogui/python-error.js';
import { readPyautogui } from '../../pyautogui/read.js';
import type { InputStep } from '../../pyautogui/steps.js';
import { type Command, type CommandIo, resolve, UsageError } from './command.js';

/** The one other program: OSWorld's getters ask for the system that they look at, with what they put before any code. */
const ASKS_FOR_PLATFORM =
  /^(import pyautogui; import time; pyautogui\.FAILSAFE = False; )?import platform; print\(platform\.system\(\)\)\s*$/;

/** `python -c CODE` and `python FILE`. `begin`: a new program begins to click. */
export function pythonCommand(input: GuestInput, begin: () => void): Command {
  return async (io) => {
    const { code, file } = programOf(io);
    if (ASKS_FOR_PLATFORM.test(code)) {
      io.out('Linux\n');
      return 0;
    }
    let steps: InputStep[];
    try {
      steps = readPyautogui(code);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      io.err(error.toStderr(code, file));
      return 1;
    }
    begin();
    await performSteps(steps, input, { clock: guestTime(io), signal: io.host.signal });
    return 0;
  };
}

function programOf(io: CommandIo): { code: string; file?: string } {
  const [option = '-', code] = io.args;
  if (option === '-c' && code !== undefined) return { code };
  if (option.startsWith('-')) throw new UsageError('only -c CODE and FILE are supported here');
  return { code: io.host.files.read(resolve(io, option)).toString(), file: option };
}

/** Waiting counts against the program's time limit. */
function guestTime({ host }: CommandIo): GuestClock {
  return { now: () => host.now(), sleep: (ms) => host.sleep(ms / 1000) };
}
