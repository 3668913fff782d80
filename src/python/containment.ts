/** Does text that stands between quotes in Python source stay there? Decided from the source alone. */
import { closingQuote } from './string-literal.js';
import { universalNewlines } from './text.js';
import { wordOf } from './words.js';

/** Whether `literal`, its quotes included, is exactly one string literal: text in it cannot close it early. */
export function isOneLiteral(literal: string): boolean {
  const [quote = ''] = /^(?:'''|'|")/.exec(literal) ?? [];
  return closingQuote(literal, quote.length, quote, quote.length === 3) === literal.length - quote.length;
}

/**
 * False only when Python surely refuses the source, so that nothing of it runs: one of its strings never closes, a
 * backslash stands outside of strings with something behind it, or a name stands next to a string. True is "perhaps". What
 * an f-string holds is not looked into, so one makes it "perhaps" as well.
 */
export function mayCompile(source: string): boolean {
  const text = universalNewlines(source); // as Python's tokenizer does
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '#') {
      const end = text.indexOf('\n', i);
      if (end < 0) return true;
      i = end;
    } else if (char === '\\') {
      if (text[i + 1] !== '\n') return false;
    } else if (char === "'" || char === '"') {
      if (FORMATTED.test(text.slice(Math.max(0, i - 3), i))) return true;
      if (isNameBefore(text, i)) return false;
      const quote = text.startsWith(char.repeat(3), i) ? char.repeat(3) : char;
      const close = closingQuote(text, i + quote.length, quote, quote.length === 3);
      if (close < 0) return false;
      if (isNameAfter(text, close + quote.length)) return false;
      i = close + quote.length - 1;
    }
  }
  return true;
}

/** Directly before a quote. */
const FORMATTED = /(?<!\p{XID_Continue})(?:[ft]r?|r[ft])$/iu;
const PREFIX = /^(?:[rbu]|br|rb|[ft]r?|r[ft])$/i;
/** Keywords in all but their place. */
const SOFT_KEYWORDS = new Set(['match', 'case']);
/** Longer than any keyword and the blanks after it; what is longer is "perhaps". */
const LOOK_BACK = 40;

/** Whether a name or a constant ends here, on the same line: Python has no expression of a name and a string beside it. */
function isNameBefore(text: string, at: number): boolean {
  const from = Math.max(0, at - LOOK_BACK);
  const match = /(?<!\p{XID_Continue})([\p{XID_Start}_]\p{XID_Continue}*)[ \t]*$/u.exec(text.slice(from, at));
  // Where the look back ends, the rest of a number may stand, as in 0xfor'a'.
  if (match?.[1] === undefined || (match.index === 0 && from > 0)) return false;
  return isName(match[1]);
}

function isNameAfter(text: string, at: number): boolean {
  AFTER_STRING.lastIndex = at;
  const [, word] = AFTER_STRING.exec(text) ?? [];
  return word !== undefined && isName(word);
}

const AFTER_STRING = /[ \t]*([\p{XID_Start}_]\p{XID_Continue}*)/uy;

function isName(word: string): boolean {
  return wordOf(word).kind !== 'keyword' && !PREFIX.test(word) && !SOFT_KEYWORDS.has(word);
}
