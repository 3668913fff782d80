/** Character classes of Python's `re`. */

import { BLANKS } from '../../python/text.js';
import { PatternError } from './errors.js';
import { escapeCharacter, readEscape } from './regex-escape.js';

const MEMBERS: Record<string, string> = { d: String.raw`\p{Nd}`, s: BLANKS, w: String.raw`\p{L}\p{N}_` };

/** What `\d`, `\s` or `\w` (or their complements' positives) mean for str patterns, as the body of a class. */
export function classMembers(letter: string): string {
  return MEMBERS[letter.toLowerCase()] ?? '';
}

/** Length and translation of the class that opens at `at`. */
export function readClass(pattern: string, at: number): [number, string] {
  const negated = pattern[at + 1] === '^';
  const start = at + (negated ? 2 : 1);
  let cursor = start;
  let body = '';
  // A `]` that comes first is a member.
  while (pattern[cursor] !== ']' || cursor === start) {
    const [length, low, isSet] = readMember(pattern, cursor);
    cursor += length;
    const isRange = pattern[cursor] === '-' && pattern[cursor + 1] !== ']' && cursor + 1 < pattern.length;
    if (!isRange) {
      body += low;
      continue;
    }
    const [highLength, high, highIsSet] = readMember(pattern, cursor + 1);
    if (isSet || highIsSet) throw new PatternError(`bad character range in /${pattern}/`);
    body += `${low}-${high}`;
    cursor += 1 + highLength;
  }
  return [cursor + 1 - at, `[${negated ? '^' : ''}${body}]`];
}

/** Length, translation, and whether it is a set of several characters. */
function readMember(pattern: string, at: number): [number, string, boolean] {
  const char = pattern.codePointAt(at);
  if (char === undefined) throw new PatternError(`unterminated character set in /${pattern}/`);
  const literal = String.fromCodePoint(char);
  if (literal !== '\\') return [literal.length, escapeCharacter(literal), false];
  const letter = pattern[at + 1] ?? '';
  if (/[dsw]/.test(letter)) return [2, classMembers(letter), true];
  if (/[DSW]/.test(letter)) return [2, `[^${classMembers(letter)}]`, true];
  if (letter === 'b') return [2, '\\x08', false];
  const [length, escaped] = readEscape(pattern, at);
  return [length, escapeCharacter(escaped), false];
}
