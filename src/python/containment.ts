/** Does text that stands between quotes in Python source stay there? Decided from the source alone. */
import { closingQuote } from './string-literal.js';
import { universalNewlines } from './text.js';

/** Whether `literal`, its quotes included, is exactly one string literal: text in it cannot close it early. */
export function isOneLiteral(literal: string): boolean {
  const [quote = ''] = /^(?:'''|'|")/.exec(literal) ?? [];
  return closingQuote(literal, quote.length, quote, quote.length === 3) === literal.length - quote.length;
}

/**
 * False only when Python surely refuses the source, so that nothing of it runs: one of its strings never closes.
 * True is "perhaps". What an f-string holds is not looked into, so one makes it "perhaps" as well.
 */
export function mayCompile(source: string): boolean {
  const text = universalNewlines(source); // as Python's tokenizer does
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '#') {
      const end = text.indexOf('\n', i);
      if (end < 0) return true;
      i = end;
    } else if (char === "'" || char === '"') {
      if (/[ft]/i.test(text.slice(Math.max(0, i - 2), i))) return true;
      const quote = text.startsWith(char.repeat(3), i) ? char.repeat(3) : char;
      const close = closingQuote(text, i + quote.length, quote, quote.length === 3);
      if (close < 0) return false;
      i = close + quote.length - 1;
    }
  }
  return true;
}
