/** Escapes of Python's `re` that stand for one character, inside and outside of classes. */
import { PatternError } from './errors.js';

const CONTROLS: Record<string, string> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const CODE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(0[0-7]{0,2}|[1-3][0-7]{2}))/y;

/** Length of the escape at `at`, and the character that it means. */
export function readEscape(pattern: string, at: number): [number, string] {
  CODE.lastIndex = at;
  const code = CODE.exec(pattern);
  if (code) {
    const [whole, byte, short, long, octal] = code;
    const point =
      octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
    if (point > 0x10ffff) throw new PatternError(`bad escape ${whole} in /${pattern}/`);
    return [whole.length, String.fromCodePoint(point)];
  }
  const char = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0x5c);
  const control = CONTROLS[char];
  if (control !== undefined) return [2, control];
  if (at + 1 >= pattern.length || /[A-Za-z0-9]/.test(char)) {
    throw new PatternError(`bad escape ${pattern.slice(at, at + 2)} in /${pattern}/`);
  }
  return [1 + char.length, char];
}

/** `char` as a literal of a JavaScript pattern, in or out of a class. */
export function escapeCharacter(char: string): string {
  if (/^[A-Za-z0-9]$/.test(char)) return char;
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
