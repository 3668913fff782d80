/** Python string literals: where they begin and end. */
import { UnreadablePrediction } from '../actions/unreadable.js';
import { decodeAsMeant, decodeBody } from './escapes.js';

export interface Strings {
  /** `formatted`: an f-string, whose text nobody knows. */
  kind: 'text' | 'bytes' | 'formatted';
  text: string;
  end: number;
}

/**
 * The adjacent literals at `at`, which Python joins to one string; null when there is none. Throws
 * UnreadablePrediction where Python finds a SyntaxError. `lenient`: a literal may run over line ends, is decoded by
 * `decodeAsMeant`, and an f-string without braces is plain text.
 */
export function readStrings(source: string, at: number, lenient: boolean): Strings | null {
  let strings = readOne(source, at, lenient);
  let next = strings;
  while (strings !== null && next !== null) {
    next = readOne(source, skipBlanks(source, next.end), lenient);
    if (next !== null) strings = join(strings, next);
  }
  return strings;
}

function join(first: Strings, second: Strings): Strings {
  if ((first.kind === 'bytes') !== (second.kind === 'bytes')) {
    throw new UnreadablePrediction('a bytes literal beside a text literal');
  }
  const kind = first.kind === 'formatted' ? 'formatted' : second.kind;
  return { kind, text: first.text + second.text, end: second.end };
}

function readOne(source: string, at: number, lenient: boolean): Strings | null {
  const opening = literalOpening(source, at);
  if (opening === null) return null;
  const { prefix, quote, start } = opening;
  const close = closingQuote(source, start, quote, lenient || quote.length === 3);
  if (close < 0) throw new UnreadablePrediction(`a string that opens with ${prefix}${quote} never closes`);
  const body = source.slice(start, close);
  const end = close + quote.length;
  if (prefix.includes('f') && !(lenient && !/[{}]/.test(body))) return { kind: 'formatted', text: '', end };
  const text = lenient ? decodeAsMeant(body, prefix) : decodeBody(body, prefix);
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
    if (char === '\\') i += 1;
    else if (!multiline && (char === '\n' || char === '\r')) return -1;
    else if (char === quote[0] && source.startsWith(quote, i)) return i;
  }
  return -1;
}

function skipBlanks(source: string, at: number): number {
  let end = at;
  while (' \t\f\r\n'.includes(source[end] ?? 'x')) end += 1;
  return end;
}
