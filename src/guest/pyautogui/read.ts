/**
 * Pyautogui code without Python. Reads the code that actions generate, `import pyautogui; …; pyautogui.click(x, y)`,
 * into steps on a pointer and a keyboard: no interpreter start, and no way for the code to do anything else.
 */
import { PythonError } from './python-error.js';
import { type Call, Float, parseStatements, type Statement } from './statements.js';
import { type InputStep, isModule, stepsOf } from './steps.js';

/** Of all calls together: a short program of many calls shall not fill the memory either. */
const MAX_STEPS = 200_000;

export interface ReadOptions {
  /** Refuses code that runs with pyautogui's fail-safe, which stops it in a corner of the screen. Default false. */
  withoutFailsafe?: boolean;
  /**
   * Seconds between two calls, where the code sets no PAUSE: programs need them, as Chrome does to bring the keyboard from
   * the page to its address bar. Default 0.
   */
  pause?: number;
}

/** Throws PythonError, with NotImplementedError for code that only a real Python could run. Nothing has acted then. */
export function readPyautogui(
  code: string,
  { withoutFailsafe = false, pause = 0 }: ReadOptions = {},
): InputStep[] {
  const settings: Settings = { FAILSAFE: true, PAUSE: null };
  const imported = new Set<string>();
  let count = 0;
  let due: InputStep[] = [];
  return parseStatements(code).flatMap((statement) => {
    if (statement.type === 'import') {
      if (!isModule(statement.module)) {
        throw unreadable(`import ${statement.module}: only pyautogui and time can be read here`, statement);
      }
      imported.add(statement.module);
      return [];
    }
    checkModule(statement, imported);
    if (statement.type === 'assign') {
      assign(settings, statement);
      return [];
    }
    if (withoutFailsafe && settings.FAILSAFE) throw unreadable('the fail-safe is on', statement);
    const steps = [...due, ...stepsOf(statement), ...pauseAfter(statement, settings.PAUSE)];
    due = settings.PAUSE === null ? pauseAfter(statement, pause) : [];
    count += steps.length;
    if (count <= MAX_STEPS) return steps;
    throw new PythonError('ValueError', `more than ${MAX_STEPS} steps in one program`, statement.line);
  });
}

/** Of pyautogui. */
interface Settings {
  FAILSAFE: boolean;
  /** Seconds after each call; null where the code does not set it. */
  PAUSE: number | null;
}

function assign(settings: Settings, statement: Statement & { type: 'assign' }): void {
  const { module, name, value } = statement;
  const seconds = value instanceof Float ? value.value : value;
  if (module === 'pyautogui' && name === 'FAILSAFE' && typeof value === 'boolean') settings.FAILSAFE = value;
  else if (module === 'pyautogui' && name === 'PAUSE' && typeof seconds === 'number' && seconds >= 0)
    settings.PAUSE = seconds;
  else throw unreadable(`${module}.${name} = … cannot be read here`, statement);
}

function pauseAfter({ module, name, keywords }: Call, seconds: number | null): InputStep[] {
  if (!seconds || module !== 'pyautogui' || name === 'sleep' || keywords.get('_pause') === false) return [];
  return [{ type: 'sleep', seconds }];
}

function checkModule({ module, line }: Statement, imported: ReadonlySet<string>): void {
  if (imported.has(module)) return;
  if (isModule(module)) throw new PythonError('NameError', `name '${module}' is not defined`, line);
  throw unreadable(`${module}: only pyautogui and time can be read here`, { line });
}

function unreadable(message: string, { line }: { line: number }): PythonError {
  return new PythonError('NotImplementedError', message, line);
}
