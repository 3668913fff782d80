/**
 * Reads `type(content='…')` and its like with whatever a model leaves unescaped in the text: quotes, backslashes, line
 * ends. Each text is looked through a bounded number of times, so that the whole is linear.
 */
import { matchEnd } from '../../lib/scan.js';
import type { Call } from '../../python/call.js';
import { decodeAsMeant, decodeUnescaped } from '../../python/escapes.js';
import { closingQuote, literalOpening } from '../../python/string-literal.js';
import { ACTION_LABEL } from '../thought.js';
import { UnreadablePrediction } from '../unreadable.js';
import { CALL_OPENING } from './action-names.js';

/** The call at `at`; null when it does not hold a text in quotes. Throws UnreadablePrediction when that never closes. */
export function readTextCall(source: string, at: number): { call: Call; end: number } | null {
  OPENING.lastIndex = at;
  const [opening, name = ''] = OPENING.exec(source) ?? [];
  const literal = opening === undefined ? null : literalOpening(source, at + opening.length);
  if (literal === null) return null;
  const { start, quote } = literal;
  const closing = closingAsPython(source, start, quote) ?? closingAsMeant(source, start, quote);
  const body = source.slice(start, closing.quote);
  const text = closing.escaped ? decodeUnescaped(body) : decodeAsMeant(body, literal.prefix);
  return {
    call: { name, args: new Map([['content', { kind: 'text', text }]]), positional: [] },
    end: closing.end,
  };
}

const OPENING = /(?:\w+\.)*(type|finished|call_user)\s*\(\s*(?:(?:content|text)\s*=\s*)?/iy;

interface Closing {
  /** Index of the closing quote. */
  quote: number;
  /** Index after the call. */
  end: number;
  /** The quote is escaped, as in `'C:\')`. */
  escaped?: true;
}

/** As Python reads it, if the call is then over and something that can follow a call comes next. */
function closingAsPython(source: string, start: number, quote: string): Closing | null {
  const close = closingQuote(source, start, quote, true);
  if (close < 0) return null;
  const end = matchEnd(OTHER_ARGUMENTS, source, close + quote.length);
  const followed = end !== null && [LINE_END, NEXT].some((next) => matchEnd(next, source, end) !== null);
  return followed ? { quote: close, end } : null;
}

/** The first quote and bracket with something after it that can follow a call; else the last ones. */
function closingAsMeant(source: string, start: number, quote: string): Closing {
  let last: Closing | null = null;
  for (let i = start; i < source.length; i += 1) {
    const escaped = source[i] === '\\';
    if (escaped) i += 1;
    if (source[i] !== quote[0] || !source.startsWith(quote, i)) continue;
    const end = matchEnd(BRACKET, source, i + quote.length);
    if (end === null) continue;
    if (!escaped) {
      last = { quote: i, end };
      if (matchEnd(NEXT, source, end) !== null || matchEnd(BLANK_LINE, source, end) !== null) return last;
    } else if (last === null && matchEnd(NOTHING, source, end) !== null) {
      return { quote: i, end, escaped };
    }
  }
  if (last === null) throw new UnreadablePrediction(`a text that opens with ${quote} never closes`);
  return last;
}

const BRACKET = /\s*\)/y;
/** Up to eight more arguments of the simplest kinds; no action has use for any. */
const OTHER_ARGUMENTS = /(?:\s*,\s*\w+\s*=\s*(?:'[^'\n]*'|"[^"\n]*"|[\w.+-]+)){0,8}\s*(?:,\s*)?\)/y;
const NEXT = new RegExp(`[\\s;,.)\`*]*(?:$|${ACTION_LABEL}|${CALL_OPENING})`, 'iy');
const LINE_END = /[^\S\n]*[#\n]/y;
const BLANK_LINE = /[^\S\n]*\n[^\S\n]*\n/y;
const NOTHING = /[\s;,.)`*]*$/y;
