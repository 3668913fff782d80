/** Errors of Python code as the interpreter prints them on stderr. */

export type PythonErrorKind =
  | 'SyntaxError'
  | 'IndentationError'
  | 'NameError'
  | 'TypeError'
  | 'ValueError'
  | 'NotImplementedError';

/** `NotImplementedError` is valid Python that this reader does not carry out; the others are wrong in any Python. */
export class PythonError extends Error {
  constructor(
    readonly kind: PythonErrorKind,
    message: string,
    /** 1-based line of the code. */
    readonly line: number,
  ) {
    super(message);
  }

  /** What Python would leave on stderr, by default `python -c`; it exits with 1 then. */
  toStderr(code: string, file = '<string>'): string {
    const text = code.split(/\r\n|\r|\n/)[this.line - 1]?.trim() ?? '';
    const where = `  File "${file}", line ${this.line}`;
    const compile = this.kind === 'SyntaxError' || this.kind === 'IndentationError';
    const head = compile ? where : `Traceback (most recent call last):\n${where}, in <module>`;
    return `${head}\n    ${text}\n${this.kind}: ${this.message}\n`;
  }
}
