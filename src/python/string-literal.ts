/** Python string literals: where they begin and end. */
import { skipMatches } from '../lib/scan.js';
import { decodeAsMeant, decodeBody } from './escapes.js';
import { lineOf, SourceError } from './source-error.js';
import { universalNewlines } from './text.js';

export interface StringLiteral {
  /** `formatted`: an f-string, whose text nobody knows. Of `bytes`, one character is one byte. */
  kind: 'text' | 'bytes' | 'formatted';
  text: string;
  end: number;
}

/**
 * The one literal at `at`; null when there is none. Throws SourceError. `lenient`: it may run over line ends, is decoded
 * by `decodeAsMeant`, and an f-string without braces is plain text.
 */
export function readString(source: string, at: number, lenient: boolean): StringLiteral | null {
  const opening = literalOpening(source, at);
  if (opening === null) return null;
  const { prefix, quote, start } = opening;
  const isTriple = quote.length === 3;
  const close = closingQuote(source, start, quote, lenient || isTriple);
  if (close < 0) throw unterminated(source, at, start, isTriple);
  const body = source.slice(start, close);
  const end = close + quote.length;
  if (prefix.includes('f') && !(lenient && !/[{}]/.test(body))) return { kind: 'formatted', text: '', end };
  const text = lenient ? decodeAsMeant(body, prefix) : decodeBody(universalNewlines(body), prefix, at);
  return { kind: prefix.includes('b') ? 'bytes' : 'text', text, end };
}

const OPENING = /((?:r|u|b|f|br|rb|fr|rf)?)('''|"""|'|")/iy;

/** How the literal at `at` opens, its prefix in lower case, and where its text starts; null when there is none. */
export function literalOpening(
  source: string,
  at: number,
): { prefix: string; quote: string; start: number } | null {
  OPENING.lastIndex = at;
  const [opening, prefix = '', quote = ''] = OPENING.exec(source) ?? [];
  return opening === undefined ? null : { prefix: prefix.toLowerCase(), quote, start: at + opening.length };
}

/**
 * Index of the quote that closes a literal whose text begins at `start`, or -1. `multiline` lets the text run over line
 * ends: Python allows that between three quotes, and models do it between single ones.
 */
export function closingQuote(source: string, start: number, quote: string, multiline: boolean): number {
  for (let i = start; i < source.length; i += 1) {
    const char = source[i];
    if (char === '\\') i += source.startsWith('\r\n', i + 1) ? 2 : 1;
    else if (!multiline && (char === '\n' || char === '\r')) return -1;
    else if (char === quote[0] && source.startsWith(quote, i)) return i;
  }
  return -1;
}

const ONE_LINE = /\\(?:\r\n|[\s\S])|[^\\\r\n]+/y;

function unterminated(source: string, at: number, start: number, isTriple: boolean): SourceError {
  const end = isTriple ? source.length : skipMatches(ONE_LINE, source, start);
  const what = isTriple ? 'triple-quoted string literal' : 'string literal';
  return new SourceError(`unterminated ${what} (detected at line ${lineOf(source, end)})`, at);
}
