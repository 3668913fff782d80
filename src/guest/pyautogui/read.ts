/**
 * Pyautogui code without Python. Reads the code that actions generate, `import pyautogui; …; pyautogui.click(x, y)`,
 * into steps on a pointer and a keyboard: no interpreter start, and no way for the code to do anything else.
 */
import { PythonError } from './python-error.js';
import { parseStatements, type Statement } from './statements.js';
import { type InputStep, isModule, stepsOf } from './steps.js';

/** `pyautogui.FAILSAFE = False`: switches of pyautogui that have no meaning here. */
const SETTINGS = new Set(['FAILSAFE', 'PAUSE']);
/** Of all calls together: a short program of many calls shall not fill the memory either. */
const MAX_STEPS = 200_000;

/** Throws PythonError, with NotImplementedError for code that only a real Python could run. Nothing has acted then. */
export function readPyautogui(code: string): InputStep[] {
  const imported = new Set<string>();
  let count = 0;
  return parseStatements(code).flatMap((statement) => {
    if (statement.type === 'import') {
      if (!isModule(statement.module)) {
        throw new PythonError(
          'NotImplementedError',
          `import ${statement.module}: only pyautogui and time can be read here`,
          statement.line,
        );
      }
      imported.add(statement.module);
      return [];
    }
    checkModule(statement, imported);
    if (statement.type === 'call') {
      const steps = stepsOf(statement);
      count += steps.length;
      if (count <= MAX_STEPS) return steps;
      throw new PythonError('ValueError', `more than ${MAX_STEPS} steps in one program`, statement.line);
    }
    if (statement.module === 'pyautogui' && SETTINGS.has(statement.name)) return [];
    throw new PythonError(
      'NotImplementedError',
      `${statement.module}.${statement.name} = … cannot be read here`,
      statement.line,
    );
  });
}

function checkModule({ module, line }: Statement, imported: ReadonlySet<string>): void {
  if (imported.has(module)) return;
  if (isModule(module)) throw new PythonError('NameError', `name '${module}' is not defined`, line);
  throw new PythonError('NotImplementedError', `${module}: only pyautogui and time can be read here`, line);
}
