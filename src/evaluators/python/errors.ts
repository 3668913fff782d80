/** Exceptions of the reference's Python code: metrics differ in which ones they turn into a score and which escape. */

export type PythonErrorName =
  | 'AssertionError'
  | 'AttributeError'
  | 'BadZipFile'
  | 'FileNotFoundError'
  | 'IndexError'
  | 'JSONDecodeError'
  | 'KeyError'
  | 'NotImplementedError'
  | 'OSError'
  | 'OperationalError'
  | 'ParseError'
  | 'SyntaxError'
  | 'TypeError'
  | 'UnboundLocalError'
  | 'UnicodeDecodeError'
  | 'ValueError';

/** What the reference would raise here. Anything else that is thrown is our own refusal or defect, and is never caught by a metric. */
export class PythonError extends Error {
  /** A name that is not in the list is one that OSWorld's own code raised. */
  override readonly name: PythonErrorName | (string & {});

  constructor(name: PythonErrorName | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** A task's regular expression that cannot be searched for: a defect of the task, or of our translation, and never a score. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** The value of `compute`, or `fallback` where the reference has `except Exception: return fallback`. */
export async function orElse<T, F>(fallback: F, compute: () => T | Promise<T>): Promise<T | F> {
  try {
    return await compute();
  } catch (error) {
    if (error instanceof PythonError) return fallback;
    throw error;
  }
}
