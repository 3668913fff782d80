/**
 * Translates the syntax of Python's `re` (Unicode str patterns) to a JavaScript pattern for the `v` flag.
 * Everything is spelled out, so that no JavaScript flag but `i` is needed: `.`, `^`, `$`, `\d`, `\w`, `\s` and `\b` all differ.
 */
import { PatternError } from './errors.js';
import { classMembers, readClass } from './regex-class.js';
import { escapeCharacter, readEscape } from './regex-escape.js';

interface Flags {
  ignoreCase: boolean;
  multiline: boolean;
  dotAll: boolean;
}

const QUANTIFIER = /[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\}/y;
const GLOBAL_FLAGS = /^\(\?([a-zA-Z]+)\)/;
const WORD = `[${classMembers('w')}]`;
const BOUNDARY = `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
/** Python's \B finds nothing in an empty text. */
const INSIDE = `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD})(?:(?<=\\p{Any})|(?=\\p{Any})))`;
const ASSERTIONS: Record<string, string> = { A: '(?<!\\p{Any})', Z: '(?!\\p{Any})', b: BOUNDARY, B: INSIDE };

export function translateRegex(
  pattern: string,
  flagLetters: string,
): { source: string; ignoreCase: boolean } {
  const inline = GLOBAL_FLAGS.exec(pattern);
  const flags = readFlags(flagLetters + (inline?.[1] ?? ''));
  let at = inline?.[0].length ?? 0;
  let source = '';
  while (at < pattern.length) {
    const [length, translated] = translateToken(pattern, at, flags);
    source += translated;
    at += length;
  }
  return { source, ignoreCase: flags.ignoreCase };
}

function readFlags(letters: string): Flags {
  const unknown = letters.replace(/[imsu]/gi, '');
  if (unknown !== '') throw unsupported(`the flag ${unknown}`);
  const has = (letter: string): boolean => letters.toLowerCase().includes(letter);
  return { ignoreCase: has('i'), multiline: has('m'), dotAll: has('s') };
}

/** Length of the token at `at`, and its translation. */
function translateToken(pattern: string, at: number, flags: Flags): [number, string] {
  const char = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  switch (char) {
    case '.':
      return [1, flags.dotAll ? '\\p{Any}' : '[^\\n]'];
    case '^':
      return [1, flags.multiline ? '(?<![^\\n])' : '(?<!\\p{Any})'];
    case '$':
      return [1, flags.multiline ? '(?![^\\n])' : '(?=\\n?(?!\\p{Any}))'];
    case '|':
    case ')':
      return [1, char];
    case '(':
      return translateGroup(pattern, at);
    case '[':
      return readClass(pattern, at);
    case '\\':
      return translateEscape(pattern, at);
  }
  QUANTIFIER.lastIndex = at;
  const quantifier = QUANTIFIER.exec(pattern)?.[0];
  return quantifier === undefined
    ? [char.length, escapeCharacter(char)]
    : translateQuantifier(pattern, at, quantifier);
}

function translateQuantifier(pattern: string, at: number, quantifier: string): [number, string] {
  const next = pattern[at + quantifier.length];
  if (next === '+') throw unsupported(`the possessive quantifier ${quantifier}+`);
  const lazy = next === '?' ? '?' : '';
  return [quantifier.length + lazy.length, quantifier.replace('{,', '{0,') + lazy];
}

function translateGroup(pattern: string, at: number): [number, string] {
  const rest = pattern.slice(at);
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return [named[0].length, `(?<${named[1]}>`];
  const backreference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (backreference) return [backreference[0].length, `\\k<${backreference[1]}>`];
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return [comment[0].length, '(?:)'];
  const plain = /^\((?:\?(?:[:=!]|<[=!]))?/.exec(rest)?.[0] ?? '(';
  if (plain === '(' && rest.startsWith('(?')) throw unsupported(`the group ${rest.slice(0, 4)}`);
  return [plain.length, plain];
}

function translateEscape(pattern: string, at: number): [number, string] {
  const letter = pattern[at + 1] ?? '';
  const assertion = ASSERTIONS[letter];
  if (assertion !== undefined) return [2, assertion];
  if (/[dswDSW]/.test(letter))
    return [2, `[${letter === letter.toLowerCase() ? '' : '^'}${classMembers(letter)}]`];
  const backreference = /^\\([1-9]\d?)(?!\d)/.exec(pattern.slice(at));
  if (backreference) return [backreference[0].length, `(?:\\${backreference[1]})`];
  const [length, char] = readEscape(pattern, at);
  return [length, escapeCharacter(char)];
}

function unsupported(what: string): PatternError {
  return new PatternError(`${what} of Python's regular expressions is not supported here`);
}
