/**
 * Reads one Python call, `name(kw='text', …)`. Strings are read exactly; any other expression is only looked through, to
 * find its end and the grossest errors, because no action takes one. Nothing is ever evaluated. Linear in the source.
 */
import { excerpt } from '../lib/scan.js';
import { Lexer } from './lexer.js';

export type Value =
  | { kind: 'text'; text: string }
  /** One character of `text` is one byte. */
  | { kind: 'bytes'; text: string }
  | { kind: 'call'; call: Call }
  | { kind: 'other'; source: string };

export interface Call {
  /** The last name of what is called, NFKC-folded as Python does; null for `f()()`, `a[0]()` and the like. */
  name: string | null;
  /** By keyword, the last of a repeated one. A `**mapping` stands under `**`. */
  args: ReadonlyMap<string, Value>;
  positional: readonly Value[];
}

/**
 * The call at `at`, and where it ends. Throws SourceError when there is none.
 * `lenient`: strings may run over line ends and hold any backslash, and any Unicode blank may stand between tokens.
 */
export function readCall(source: string, at: number, lenient: boolean): { call: Call; end: number } {
  const reader = new CallReader(source, at, lenient);
  const value = reader.operand()?.value;
  if (value?.kind !== 'call') throw reader.error(`no call at ${excerpt(source, at)}`);
  return { call: value.call, end: reader.at };
}

const ELLIPSIS = /\.\.\./y;
/** To a model, 05 is a number too. */
const LENIENT_NUMBER =
  /(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?)(?!\p{XID_Continue})/iuy;
const UNARY = /\*\*?|[-+~:]|(?:not|lambda|await|yield|from)(?!\p{XID_Continue})/uy;
const BINARY =
  /\*\*|\/\/|<<|>>|[<>=!:]=|[-+*/%@&|^<>:]|(?:not +in|is +not|is|in|and|or|if|else|async +for|for)(?!\p{XID_Continue})/uy;

interface Operand {
  value: Value;
  /** The name by which it could be called. */
  name: string | null;
}

class CallReader extends Lexer {
  /** An atom with its trailers; null where another kind of expression begins. */
  operand(): Operand | null {
    const start = this.at;
    let operand = this.#atom();
    while (operand !== null) {
      const end = this.at;
      this.skipBlanks();
      const next = this.char;
      if (next === '(') {
        const call: Call = { name: operand.name, ...this.#callArguments() };
        operand = { value: { kind: 'call', call }, name: null };
      } else if (next === '[') {
        this.#items();
        operand = { value: this.#other(start), name: null };
      } else {
        const name = next === '.' ? this.#attribute() : null;
        if (name === null) {
          this.at = end;
          break;
        }
        operand = { value: this.#other(start), name };
      }
    }
    return operand;
  }

  #atom(): Operand | null {
    const start = this.at;
    const strings = this.strings();
    if (strings?.kind === 'formatted') return { value: this.#other(start), name: null };
    if (strings !== null) return { value: { kind: strings.kind, text: strings.text }, name: null };
    const bracket = this.char;
    if (this.closing !== undefined) {
      const { items, comma } = this.#items();
      const [only] = items;
      if (bracket === '(' && only !== undefined && items.length === 1 && !comma) return only;
      return { value: this.#other(start), name: null };
    }
    const word = this.word();
    if (word?.kind === 'keyword') {
      this.at = start;
      return null;
    }
    if (word === null && !this.#isNumber()) return null;
    return { value: this.#other(start), name: word?.kind === 'identifier' ? word.text : null };
  }

  #attribute(): string | null {
    this.at += 1;
    this.skipBlanks();
    return this.word()?.text ?? null;
  }

  #isNumber(): boolean {
    if (this.match(ELLIPSIS) !== null) return true;
    return (this.lenient ? this.match(LENIENT_NUMBER) : this.number()) !== null;
  }

  #callArguments(): { args: Map<string, Value>; positional: Value[] } {
    const args = new Map<string, Value>();
    const positional: Value[] = [];
    this.open();
    while (!this.closed(')')) {
      const unpacks = this.char === '*';
      const keyword = this.#keyword();
      const { value } = this.#expression();
      if (keyword !== null) args.set(keyword, value);
      else if (args.size === 0 || unpacks || this.lenient) positional.push(value);
      else throw this.error('positional argument follows keyword argument');
      this.skipComma(')');
    }
    return { args, positional };
  }

  /** `name=` or `**`, consumed; null where a positional argument stands. */
  #keyword(): string | null {
    const start = this.at;
    if (this.source.startsWith('**', start)) {
      this.at += 2;
      return '**';
    }
    const word = this.word();
    this.skipBlanks();
    if (word !== null && this.char === '=' && this.source[this.at + 1] !== '=') {
      if (word.kind !== 'identifier') throw this.error(`cannot assign to ${word.text}`);
      this.at += 1;
      return word.text;
    }
    this.at = start;
    return null;
  }

  /** What stands between a bracket and its closing one. */
  #items(): { items: Operand[]; comma: boolean } {
    const close = this.closing ?? '';
    const items: Operand[] = [];
    let comma = false;
    this.open();
    while (!this.closed(close)) {
      items.push(this.#expression());
      comma = this.skipComma(close);
    }
    return { items, comma };
  }

  /** Any expression in brackets, up to its comma or closing bracket: operands with operators or keywords between. */
  #expression(): Operand {
    this.skipBlanks();
    const start = this.at;
    const operand = this.operand();
    this.skipBlanks();
    if (operand !== null && this.#itemEnds()) return operand;
    let afterOperand = operand !== null;
    let colon = false;
    while (!this.#itemEnds()) {
      const operator = this.match(afterOperand ? BINARY : UNARY);
      if (operator === null && (afterOperand || this.operand() === null)) {
        throw this.error(`not Python: ${excerpt(this.source, this.at)}`);
      }
      afterOperand = operator === null;
      colon = operator === ':';
      this.skipBlanks();
    }
    // Only a slice may end in an operator, its colon.
    if (!afterOperand && !colon) {
      throw this.error(`an unfinished argument: ${excerpt(this.source, start)}`);
    }
    return { value: this.#other(start), name: null };
  }

  #itemEnds(): boolean {
    return ',)]}'.includes(this.char);
  }

  #other(start: number): Value {
    return { kind: 'other', source: this.source.slice(start, this.at) };
  }
}
