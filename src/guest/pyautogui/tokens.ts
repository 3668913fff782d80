/** Code as tokens with their lines: what Python's lexer reads, cut into logical lines. */
import { Lexer } from '../../python/lexer.js';
import { lineOf, SourceError } from '../../python/source-error.js';
import { universalNewlines } from '../../python/text.js';
import { PythonError } from './python-error.js';

export type Token = { line: number } & (
  | { type: 'name'; text: string; keyword: boolean }
  /** `float`: Python's type of it, which has no end in whole numbers either. */
  | { type: 'number'; value: number; float: boolean }
  | { type: 'string'; value: string }
  | { type: 'operator'; text: string }
  /** End of a simple statement: a newline outside brackets, `;`, or the end of the code. */
  | { type: 'end' }
);

const INDENTATION = /[ \t\f]+(?=[^ \t\f\n#])/y;

/** Throws PythonError for what is not a token of Python. */
export function tokenize(code: string): Token[] {
  const source = universalNewlines(code);
  try {
    return new Tokenizer(source).tokens();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const kind = error.kind === 'refused' ? 'SyntaxError' : 'NotImplementedError';
    throw new PythonError(kind, error.message, lineOf(source, error.at));
  }
}

class Tokenizer {
  readonly #lexer: Lexer;
  readonly #tokens: Token[] = [];
  /** The line at the offset up to which line ends were counted. */
  #line = 1;
  #counted = 0;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
  }

  tokens(): Token[] {
    const lexer = this.#lexer;
    if (lexer.source.includes('\0')) throw lexer.error('source code string cannot contain null bytes');
    this.#checkIndentation();
    for (lexer.skipBlanks(); lexer.char !== ''; lexer.skipBlanks()) this.#next();
    lexer.end();
    this.#tokens.push({ type: 'end', line: this.#currentLine() });
    return this.#tokens;
  }

  #next(): void {
    const lexer = this.#lexer;
    const line = this.#currentLine();
    if (!lexer.inBrackets && (lexer.char === '\n' || lexer.char === ';')) {
      this.#tokens.push({ type: 'end', line });
      lexer.at += 1;
      if (lexer.source[lexer.at - 1] === '\n') this.#checkIndentation();
      return;
    }
    this.#tokens.push(this.#string(line) ?? this.#name(line) ?? this.#number(line) ?? this.#operator(line));
  }

  /** Only blank lines and comments may be indented: there are no blocks in constant calls. */
  #checkIndentation(): void {
    if (this.#lexer.match(INDENTATION) === null) return;
    throw new PythonError('IndentationError', 'unexpected indent', this.#currentLine());
  }

  #string(line: number): Token | null {
    const string = this.#lexer.strings();
    if (string === null) return null;
    if (string.kind === 'text') return { type: 'string', value: string.text, line };
    const what = string.kind === 'bytes' ? 'a bytes literal' : 'an f-string';
    throw new PythonError('NotImplementedError', `${what}: only plain text can be read here`, line);
  }

  #name(line: number): Token | null {
    const word = this.#lexer.word();
    return word && { type: 'name', text: word.text, keyword: word.kind === 'keyword', line };
  }

  #number(line: number): Token | null {
    const begin = this.#lexer.at;
    const number = this.#lexer.number();
    if (number === null) return null;
    const float = /^(?!0x).*[.e]/i.test(this.#lexer.source.slice(begin, number.end));
    if (!number.imaginary) return { type: 'number', value: number.value, float, line };
    throw new PythonError('NotImplementedError', 'an imaginary number cannot be read here', line);
  }

  #operator(line: number): Token {
    return { type: 'operator', text: this.#lexer.operator(), line };
  }

  #currentLine(): number {
    const { source, at } = this.#lexer;
    for (; this.#counted < at; this.#counted += 1) if (source[this.#counted] === '\n') this.#line += 1;
    return this.#line;
  }
}
