/** Numbers as Python source writes them. */
import { matchEnd } from '../lib/scan.js';
import { SourceError } from './source-error.js';

export interface NumberLiteral {
  /** Of an imaginary number, its factor. */
  value: number;
  imaginary: boolean;
  end: number;
}

/** Decimal digits with single underscores between them. */
export const DIGITS = '\\d+(?:_\\d+)*';
/** A decimal number without a sign, as source and `float(text)` take it; to be read with the flag `i`. */
export const DECIMAL = `(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?`;

const BEGINNING = /\.?\d/y;
const LITERAL = new RegExp(`0x(?:_?[\\da-f])+|0o(?:_?[0-7])+|0b(?:_?[01])+|${DECIMAL}j?`, 'iy');
/** A keyword may follow a number without a blank; another word or more digits may not. */
const GLUED = /(?!and|else|for|if|in|is|not|or)\p{XID_Continue}/uy;
const BASES: Readonly<Record<string, string>> = { x: 'hexadecimal', o: 'octal', b: 'binary' };

/** The number at `at`; null when there is none. Throws SourceError. */
export function readNumber(source: string, at: number): NumberLiteral | null {
  if (matchEnd(BEGINNING, source, at) === null) return null;
  const end = matchEnd(LITERAL, source, at) ?? at;
  const text = source.slice(at, end);
  const imaginary = /j$/i.test(text);
  if (matchEnd(GLUED, source, end) !== null) {
    const base = BASES[/^0(.)/.exec(source.slice(at, at + 2))?.[1]?.toLowerCase() ?? ''] ?? 'decimal';
    throw new SourceError(`invalid ${imaginary ? 'imaginary' : base} literal`, at);
  }
  if (/^0[\d_]*[1-9][\d_]*$/.test(text)) {
    throw new SourceError(
      'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
      at,
    );
  }
  return { value: Number(text.replace(/_|j$/gi, '')), imaginary, end };
}
