/** The grammar: imports, strings that stand alone, `module.attribute = constant`, `module.function(constants)`. */
import { PythonError } from './python-error.js';
import { type Token, tokenize } from './tokens.js';

export type Constant = string | number | Float | boolean | null | Constant[];

/** A number that is no integer for Python, even where it has no fraction. */
export class Float {
  constructor(readonly value: number) {}
}

export interface Call {
  line: number;
  /** `pyautogui` or `time`. */
  module: string;
  name: string;
  args: Constant[];
  keywords: Map<string, Constant>;
}

export type Statement =
  | { type: 'import'; module: string; line: number }
  | { type: 'assign'; module: string; name: string; value: Constant; line: number }
  | ({ type: 'call' } & Call);

const CONSTANTS = new Map<string, Constant>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/** Reads the whole code before any of it acts, as Python compiles before it runs. Throws PythonError. */
export function parseStatements(code: string): Statement[] {
  const parser = new Parser(tokenize(code));
  const statements: Statement[] = [];
  while (!parser.done()) statements.push(...parser.statement());
  return statements;
}

class Parser {
  #next = 0;

  constructor(readonly tokens: Token[]) {}

  done(): boolean {
    return this.#next >= this.tokens.length;
  }

  statement(): Statement[] {
    const token = this.#peek();
    let statements: Statement[] = [];
    if (token.type === 'string') {
      this.#constant();
    } else if (token.type === 'name' && token.keyword && token.text === 'import') {
      statements = this.#import();
    } else if (token.type === 'name') {
      statements = [this.#attributeStatement(token)];
    } else if (token.type !== 'end') {
      throw unreadable(token);
    }
    const end = this.#peek();
    if (end.type !== 'end') throw unreadable(end);
    this.#next += 1;
    return statements;
  }

  #import(): Statement[] {
    const imports: Statement[] = [];
    do {
      this.#next += 1;
      const { text: module, line } = this.#name();
      imports.push({ type: 'import', module, line });
    } while (this.#isOperator(','));
    return imports;
  }

  #attributeStatement(first: Token & { type: 'name' }): Statement {
    if (first.keyword) throw unreadable(first);
    const module = this.#name().text;
    if (!this.#isOperator('.')) throw unreadable(first);
    this.#next += 1;
    const name = this.#name().text;
    if (this.#isOperator('=')) {
      this.#next += 1;
      return { type: 'assign', module, name, value: this.#constant(), line: first.line };
    }
    if (!this.#isOperator('(')) throw unreadable(first);
    return { type: 'call', module, name, line: first.line, ...this.#arguments() };
  }

  #arguments(): Pick<Call, 'args' | 'keywords'> {
    const args: Constant[] = [];
    const keywords = new Map<string, Constant>();
    this.#next += 1;
    while (!this.#isOperator(')')) {
      const token = this.#peek();
      const after = this.tokens[this.#next + 1];
      if (token.type === 'name' && after?.type === 'operator' && after.text === '=') {
        this.#next += 2;
        if (keywords.has(token.text)) {
          throw new PythonError('SyntaxError', `keyword argument repeated: ${token.text}`, token.line);
        }
        keywords.set(token.text, this.#constant());
      } else if (keywords.size > 0) {
        throw new PythonError('SyntaxError', 'positional argument follows keyword argument', token.line);
      } else {
        args.push(this.#constant());
      }
      if (!this.#isOperator(')')) this.#operator(',');
    }
    this.#next += 1;
    return { args, keywords };
  }

  #constant(): Constant {
    const token = this.#peek();
    this.#next += 1;
    if (token.type === 'number') return token.float ? new Float(token.value) : token.value;
    if (token.type === 'string') return token.value;
    if (token.type === 'name') {
      const value = CONSTANTS.get(token.text);
      if (value === undefined) throw unreadable(token);
      return value;
    }
    if (token.type === 'operator') {
      if (token.text === '[') return this.#sequence(']').items;
      if (token.text === '(') return this.#parenthesized();
      if (token.text === '-' || token.text === '+') return this.#signed(token);
    }
    throw unreadable(token);
  }

  #signed(sign: Token & { type: 'operator' }): number | Float {
    const value = this.#constant();
    const negative = sign.text === '-';
    if (value instanceof Float) return negative ? new Float(-value.value) : value;
    if (typeof value !== 'number') throw unreadable(sign);
    return negative ? -value : value;
  }

  /** `(1)` is 1, `(1,)` and `()` are tuples. */
  #parenthesized(): Constant {
    const { items, comma } = this.#sequence(')');
    const [only] = items;
    return items.length === 1 && !comma && only !== undefined ? only : items;
  }

  #sequence(closing: ']' | ')'): { items: Constant[]; comma: boolean } {
    const items: Constant[] = [];
    let comma = false;
    while (!this.#isOperator(closing)) {
      items.push(this.#constant());
      comma = this.#isOperator(',');
      if (!this.#isOperator(closing)) this.#operator(',');
    }
    this.#next += 1;
    return { items, comma };
  }

  #name(): Token & { type: 'name' } {
    const token = this.#peek();
    if (token.type !== 'name') throw unreadable(token);
    this.#next += 1;
    return token;
  }

  #operator(text: string): void {
    if (!this.#isOperator(text)) throw unreadable(this.#peek());
    this.#next += 1;
  }

  #isOperator(text: string): boolean {
    const token = this.#peek();
    return token.type === 'operator' && token.text === text;
  }

  #peek(): Token {
    return this.tokens[this.#next] ?? { type: 'end', line: this.tokens.at(-1)?.line ?? 1 };
  }
}

/** Most of Python is more than this grammar, and some of it is wrong in Python too: only Python could tell. */
function unreadable(token: Token): PythonError {
  return new PythonError(
    'NotImplementedError',
    'only pyautogui and time.sleep calls with constant arguments can be read here; there is no Python on this desktop',
    token.line,
  );
}
