/** Python's string literals: quotes, prefixes and escapes (Python language reference 2.4.1). */
import { PythonError } from './python-error.js';

export interface StringLiteral {
  value: string;
  /** Offset after the closing quotes. */
  end: number;
  /** Line of the closing quotes. */
  endLine: number;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads the literal whose opening quote is at `start`. Lines of `source` end in `\n`. Bytes and f-strings are not text
 * with a constant value: NotImplementedError.
 */
export function readStringLiteral(
  source: string,
  start: number,
  prefix: string,
  line: number,
): StringLiteral {
  const lowerPrefix = prefix.toLowerCase();
  if (lowerPrefix.includes('b') || lowerPrefix.includes('f')) {
    throw new PythonError(
      'NotImplementedError',
      `a ${prefix}'…' string: only plain text can be read here`,
      line,
    );
  }
  const quote = source.charAt(start);
  const triple = source.startsWith(quote.repeat(3), start);
  const delimiter = triple ? quote.repeat(3) : quote;
  const raw = lowerPrefix.includes('r');
  let value = '';
  let at = start + delimiter.length;
  let atLine = line;
  for (;;) {
    if (source.startsWith(delimiter, at)) return { value, end: at + delimiter.length, endLine: atLine };
    const char = source.charAt(at);
    if (char === '' || (char === '\n' && !triple)) throw unterminated(triple, line, atLine);
    if (char === '\n') atLine += 1;
    if (char !== '\\') {
      value += char;
      at += 1;
      continue;
    }
    if (at + 1 >= source.length) throw unterminated(triple, line, atLine);
    if (source.charAt(at + 1) === '\n') atLine += 1;
    const escaped = raw ? { text: source.slice(at, at + 2), length: 2 } : readEscape(source, at, line);
    value += escaped.text;
    at += escaped.length;
  }
}

function unterminated(triple: boolean, line: number, endLine: number): PythonError {
  const what = triple ? 'triple-quoted string literal' : 'string literal';
  return new PythonError('SyntaxError', `unterminated ${what} (detected at line ${endLine})`, line);
}

/** The backslash is at `at`. An unknown escape keeps its backslash. */
function readEscape(source: string, at: number, line: number): { text: string; length: number } {
  const char = source.charAt(at + 1);
  const simple = SIMPLE_ESCAPES[char];
  if (simple !== undefined) return { text: simple, length: 2 };
  const octal = /^[0-7]{1,3}/.exec(source.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    return { text: String.fromCodePoint(Number.parseInt(octal, 8)), length: 1 + octal.length };
  }
  const digits = HEX_DIGITS[char];
  if (digits !== undefined) return readHexEscape(source, at, char, digits, line);
  if (char === 'N') return readNamedEscape(source, at, line);
  return { text: `\\${char}`, length: 2 };
}

function readHexEscape(source: string, at: number, char: string, digits: number, line: number) {
  const hex = source.slice(at + 2, at + 2 + digits);
  const codePoint =
    /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
  if (Number.isNaN(codePoint)) {
    throw unicodeError(`truncated \\${char}${'X'.repeat(digits)} escape`, line);
  }
  if (codePoint > 0x10ffff) throw unicodeError('illegal Unicode character', line);
  return { text: String.fromCodePoint(codePoint), length: 2 + digits };
}

function readNamedEscape(source: string, at: number, line: number): never {
  if (!/^\\N\{[^}\n]+\}/.test(source.slice(at, at + 100))) {
    throw unicodeError('malformed \\N character escape', line);
  }
  throw new PythonError('NotImplementedError', 'a \\N{…} escape: character names are not known here', line);
}

function unicodeError(what: string, line: number): PythonError {
  return new PythonError(
    'SyntaxError',
    `(unicode error) 'unicodeescape' codec can't decode bytes: ${what}`,
    line,
  );
}
