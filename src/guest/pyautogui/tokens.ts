/** The lexical part of Python that constant calls are made of: names, numbers, strings, operators, logical lines. */
import { PythonError } from './python-error.js';
import { readStringLiteral } from './string-literal.js';

export type Token = { line: number } & (
  | { type: 'name'; text: string }
  | { type: 'number'; value: number }
  | { type: 'string'; value: string }
  | { type: 'operator'; text: string }
  /** End of a simple statement: a newline outside brackets, `;`, or the end of the code. */
  | { type: 'end' }
);

const BLANK = /[ \t\f]*/y;
const COMMENT = /#[^\n]*/y;
const NAME = /[\p{XID_Start}_][\p{XID_Continue}]*/uy;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][+-]?\d(?:_?\d)*)?/y;
const STRING_PREFIX = /^(?:[rRuUbBfF]|[bBfF][rR]|[rR][bBfF])?$/;
const OPERATOR = /[-+*/%@&|^~<>=.,:()[\]{}]/y;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Throws PythonError for what is no token of Python. */
export function tokenize(code: string): Token[] {
  return new Tokenizer(code.replace(/\r\n?/g, '\n')).tokens();
}

class Tokenizer {
  #at = 0;
  #line = 1;
  readonly #tokens: Token[] = [];
  readonly #brackets: string[] = [];

  constructor(readonly source: string) {}

  tokens(): Token[] {
    if (this.source.includes('\0')) throw this.#error('source code string cannot contain null bytes');
    this.#indentation();
    while (this.#at < this.source.length) this.#next();
    const unclosed = this.#brackets.at(-1);
    if (unclosed !== undefined) throw this.#error(`'${unclosed}' was never closed`);
    this.#tokens.push({ type: 'end', line: this.#line });
    return this.#tokens;
  }

  #next(): void {
    const char = this.source.charAt(this.#at);
    if (char === '\n') this.#newline();
    else if (char === '\\') this.#continuation();
    else if (char === ';' && this.#brackets.length === 0) {
      this.#tokens.push({ type: 'end', line: this.#line });
      this.#at += 1;
    } else if (this.#take(BLANK) === '' && this.#take(COMMENT) === undefined) {
      this.#word();
    }
  }

  #newline(): void {
    this.#at += 1;
    if (this.#brackets.length === 0) {
      this.#tokens.push({ type: 'end', line: this.#line });
      this.#line += 1;
      this.#indentation();
    } else {
      this.#line += 1;
    }
  }

  /** Only blank lines and comments may be indented: there are no blocks in constant calls. */
  #indentation(): void {
    const indent = this.#take(BLANK) ?? '';
    const next = this.source.charAt(this.#at);
    if (indent !== '' && next !== '' && next !== '\n' && next !== '#') {
      throw new PythonError('IndentationError', 'unexpected indent', this.#line);
    }
  }

  #continuation(): void {
    if (this.source.charAt(this.#at + 1) !== '\n') {
      throw this.#error('unexpected character after line continuation character');
    }
    this.#at += 2;
    this.#line += 1;
  }

  #word(): void {
    const line = this.#line;
    const name = this.#take(NAME) ?? '';
    const char = this.source.charAt(this.#at);
    if ((char === "'" || char === '"') && STRING_PREFIX.test(name)) {
      const literal = readStringLiteral(this.source, this.#at, name, line);
      this.#tokens.push({ type: 'string', value: literal.value, line });
      this.#at = literal.end;
      this.#line = literal.endLine;
    } else if (name !== '') {
      // Python compares identifiers in this normal form: ｃｌｉｃｋ is click.
      this.#tokens.push({ type: 'name', text: name.normalize('NFKC'), line });
    } else if (/^\.?\d/.test(this.source.slice(this.#at, this.#at + 2))) {
      this.#number();
    } else {
      this.#operator();
    }
  }

  #number(): void {
    const number = this.#take(NUMBER) ?? '';
    if (this.#take(NAME) !== undefined) throw this.#error('invalid decimal literal');
    if (/^0[\d_]*[1-9][\d_]*$/.test(number)) {
      throw this.#error('leading zeros in decimal integer literals are not permitted');
    }
    this.#tokens.push({ type: 'number', value: Number(number.replaceAll('_', '')), line: this.#line });
  }

  #operator(): void {
    const operator = this.#take(OPERATOR);
    if (operator === undefined) {
      const char = String.fromCodePoint(this.source.codePointAt(this.#at) ?? 0);
      throw this.#error(
        `invalid character '${char}' (U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')})`,
      );
    }
    if (operator in CLOSING) this.#brackets.push(operator);
    else if (Object.values(CLOSING).includes(operator)) this.#close(operator);
    this.#tokens.push({ type: 'operator', text: operator, line: this.#line });
  }

  #close(bracket: string): void {
    const opening = this.#brackets.pop();
    if (opening === undefined) throw this.#error(`unmatched '${bracket}'`);
    if (CLOSING[opening] !== bracket) {
      throw this.#error(`closing parenthesis '${bracket}' does not match opening parenthesis '${opening}'`);
    }
  }

  /** The text that a sticky pattern matches here, taken; undefined when it does not match. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.source)?.[0];
    this.#at += text?.length ?? 0;
    return text;
  }

  #error(message: string): PythonError {
    return new PythonError('SyntaxError', message, this.#line);
  }
}
