/** A place in Python source, and the steps that every reading of it takes: words, numbers, strings, operators, blanks, brackets. */
import { matchEnd, skipMatches } from '../lib/scan.js';
import { type NumberLiteral, readNumber } from './number-literal.js';
import { SourceError } from './source-error.js';
import { readString, type StringLiteral } from './string-literal.js';
import { WORD, type Word, wordOf } from './words.js';

/** As Python's tokenizer. */
const MAX_DEPTH = 200;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const OPERATOR = /\*\*=?|\/\/=?|>>=?|<<=?|\.\.\.|->|[-+*/%@&|^=<>!:]=|[-+*/%@&|^~<>=.,:()[\]{}]/y;
const BLANKS = {
  line: /[ \t\f]+|\\(?:\r\n?|\n)|#[^\r\n]*/y,
  brackets: /[ \t\f\r\n]+|\\(?:\r\n?|\n)|#[^\r\n]*/y,
};
const LENIENT_BLANKS = {
  line: /[^\S\r\n]+|\u200b+|\\(?:\r\n?|\n)|#[^\r\n]*/y,
  brackets: /[\s\x85\u200b]+|\\(?:\r\n?|\n)|#[^\r\n]*/y,
};

/** Its methods throw SourceError where Python finds a SyntaxError. */
export class Lexer {
  /** Offsets of the brackets that are open. */
  readonly #open: number[] = [];

  /** `lenient`: any Unicode blank may stand between tokens, and strings are read leniently. */
  constructor(
    readonly source: string,
    public at = 0,
    readonly lenient = false,
  ) {}

  /** The character at this place, empty at the end. */
  get char(): string {
    return this.source.charAt(this.at);
  }

  /** Whether a bracket is open here. */
  get inBrackets(): boolean {
    return this.#open.length > 0;
  }

  /** The bracket that closes the one that opens here, if one does. */
  get closing(): string | undefined {
    return CLOSING[this.char];
  }

  /** Consumes what the sticky pattern matches here; null when it does not. */
  match(pattern: RegExp): string | null {
    const end = matchEnd(pattern, this.source, this.at);
    return end === null ? null : this.#moveTo(end);
  }

  /** The identifier or keyword that stands here, consumed; null when there is none. */
  word(): Word | null {
    const text = this.match(WORD);
    return text === null ? null : wordOf(text);
  }

  /** The number that stands here, consumed; null when there is none. */
  number(): NumberLiteral | null {
    const number = readNumber(this.source, this.at);
    this.at = number?.end ?? this.at;
    return number;
  }

  /** The literals that stand here next to each other, which Python joins to one string, consumed; null when there is none. */
  strings(): StringLiteral | null {
    let strings = readString(this.source, this.at, this.lenient);
    for (let next = strings; strings !== null && next !== null; ) {
      this.at = next.end;
      this.skipBlanks();
      next = readString(this.source, this.at, this.lenient);
      if (next !== null) strings = join(strings, next, this.at);
    }
    this.at = strings?.end ?? this.at;
    return strings;
  }

  /** Whatever else Python's tokens can be; brackets are opened and closed. */
  operator(): string {
    if (this.closing !== undefined) return this.#openBracket();
    if (/[)\]}]/.test(this.char)) return this.#closeBracket();
    const operator = this.match(OPERATOR);
    if (operator !== null) return operator;
    if (this.char === '\\') throw this.error('unexpected character after line continuation character');
    const code = this.source.codePointAt(this.at) ?? 0;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    throw this.error(`invalid character '${String.fromCodePoint(code)}' (${name})`);
  }

  /** Comments are blanks; line ends are in brackets only. */
  skipBlanks(): void {
    const blanks = this.lenient ? LENIENT_BLANKS : BLANKS;
    this.at = skipMatches(this.inBrackets ? blanks.brackets : blanks.line, this.source, this.at);
  }

  /** Consumes the opening bracket that stands here, and the blanks after it. */
  open(): void {
    this.#openBracket();
    this.skipBlanks();
  }

  /** Consumes the closing bracket if it stands here. */
  closed(bracket: string): boolean {
    if (this.char === '') this.end();
    if (this.char !== bracket) return false;
    this.#closeBracket();
    return true;
  }

  /** Consumes a comma and the blanks after it; false where the closing bracket follows instead. */
  skipComma(bracket: string): boolean {
    if (this.char === ',') {
      this.at += 1;
      this.skipBlanks();
      return true;
    }
    if (this.char === bracket || this.char === '') return false;
    if (/[)\]}]/.test(this.char)) this.#closeBracket();
    throw this.error('invalid syntax');
  }

  /** Throws when brackets are open: the source ends here. */
  end(): void {
    const open = this.#open.at(-1);
    if (open !== undefined) throw new SourceError(`'${this.source.charAt(open)}' was never closed`, open);
  }

  /** What is wrong at this place. */
  error(message: string): SourceError {
    return new SourceError(message, this.at);
  }

  #openBracket(): string {
    if (this.#open.length >= MAX_DEPTH) throw this.error('too many nested parentheses');
    this.#open.push(this.at);
    return this.#moveTo(this.at + 1);
  }

  #closeBracket(): string {
    const open = this.#open.pop();
    if (open === undefined) throw this.error(`unmatched '${this.char}'`);
    const opening = this.source.charAt(open);
    if (CLOSING[opening] !== this.char) {
      throw this.error(`closing parenthesis '${this.char}' does not match opening parenthesis '${opening}'`);
    }
    return this.#moveTo(this.at + 1);
  }

  #moveTo(end: number): string {
    const text = this.source.slice(this.at, end);
    this.at = end;
    return text;
  }
}

function join(first: StringLiteral, second: StringLiteral, at: number): StringLiteral {
  if ((first.kind === 'bytes') !== (second.kind === 'bytes')) {
    throw new SourceError('cannot mix bytes and nonbytes literals', at);
  }
  const kind = first.kind === 'formatted' ? 'formatted' : second.kind;
  return { kind, text: first.text + second.text, end: second.end };
}
