/** Python's rules for text where JavaScript's differ: white space, line ends, `repr` of str and bytes. */

/**
 * What `str.isspace` accepts, and so strip, split and `\s`, as the body of a character class. Unlike in JavaScript,
 * \x1c-\x1f and \x85 belong to it and \ufeff does not (env-protocol.md §9, 17).
 */
export const BLANKS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BLANK = new RegExp(`[${BLANKS}]`);
const LEADING_BLANKS = new RegExp(`^[${BLANKS}]+`);
const BLANK_RUN = new RegExp(`[${BLANKS}]+`);
/** Where `str.splitlines()` breaks, as the body of a character class. */
const LINE_BREAKS = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE_END = new RegExp(`\r\n|[${LINE_BREAKS}]`);

/** `str.strip()` */
export function strip(text: string): string {
  return stripEnd(stripStart(text));
}

/** `str.lstrip()` */
export function stripStart(text: string): string {
  return text.replace(LEADING_BLANKS, '');
}

/** `str.rstrip()` */
export function stripEnd(text: string): string {
  // A loop, because a regular expression anchored at the end is quadratic in runs of blanks.
  let end = text.length;
  while (end > 0 && BLANK.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `str.split()` */
export function splitBlanks(text: string): string[] {
  return text.split(BLANK_RUN).filter((part) => part !== '');
}

/** `str.splitlines()` */
export function splitLines(text: string): string[] {
  const lines = text.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Every line end as \n, as Python reads text files and its own source. */
export function universalNewlines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** `repr` of a list of str */
export function reprList(items: readonly string[]): string {
  return `[${items.map(reprText).join(', ')}]`;
}

/** `repr(str)` */
export function reprText(text: string): string {
  const quote = preferredQuote(text);
  // Python escapes what str.isprintable refuses: categories C* and Z*, but for the space.
  const body = text.replace(/[\\'"]|(?! )[\p{C}\p{Z}]/gu, (char) => {
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    return escapeChar(char);
  });
  return quote + body + quote;
}

/** `repr(bytes)`; one character of `latin1` stands for one byte. */
export function reprBytes(latin1: string): string {
  const quote = preferredQuote(latin1);
  const body = latin1.replace(/[\\'"]|[^\x20-\x7e]/g, (char) => {
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    return escapeChar(char);
  });
  return `b${quote}${body}${quote}`;
}

/** One character as an escape sequence of a Python string literal. */
export function escapeChar(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

const SHORT_ESCAPES = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function preferredQuote(text: string): string {
  return text.includes("'") && !text.includes('"') ? '"' : "'";
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
