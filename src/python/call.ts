/**
 * Reads one Python call, `name(kw='text', …)`. Strings are read exactly; any other expression is only looked through, to
 * find its end and the grossest errors, because no action takes one. Nothing is ever evaluated. Linear in the source.
 */
import { excerpt, UnreadablePrediction } from '../actions/unreadable.js';
import { Cursor } from './cursor.js';
import { readStrings } from './string-literal.js';

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
 * The call at `at`, and where it ends. Throws UnreadablePrediction when there is none.
 * `lenient`: strings may run over line ends and hold any backslash, and any Unicode blank may stand between tokens.
 */
export function readCall(source: string, at: number, lenient: boolean): { call: Call; end: number } {
  const reader = new CallReader(source, at, lenient);
  const value = reader.operand()?.value;
  if (value?.kind !== 'call') throw new UnreadablePrediction(`no call at ${excerpt(source, at)}`);
  return { call: value.call, end: reader.at };
}

const NAME = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const NUMBER =
  /(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?)(?!\p{XID_Continue})|\.\.\./iuy;
const UNARY = /\*\*?|[-+~:]|(?:not|lambda|await|yield|from)(?!\p{XID_Continue})/uy;
const BINARY =
  /\*\*|\/\/|<<|>>|[<>=!:]=|[-+*/%@&|^<>:]|(?:not +in|is +not|is|in|and|or|if|else|async +for|for)(?!\p{XID_Continue})/uy;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const KEYWORDS = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);
const RESERVED = new Set([...KEYWORDS, 'True', 'False', 'None']);

interface Operand {
  value: Value;
  /** The name by which it could be called. */
  name: string | null;
}

class CallReader extends Cursor {
  /** An atom with its trailers; null where another kind of expression begins. */
  operand(): Operand | null {
    const start = this.at;
    let operand = this.atom();
    while (operand !== null) {
      const end = this.at;
      this.skipBlanks();
      const next = this.char;
      if (next === '(') {
        const call: Call = { name: operand.name, ...this.callArguments() };
        operand = { value: { kind: 'call', call }, name: null };
      } else if (next === '[') {
        this.items();
        operand = { value: this.other(start), name: null };
      } else {
        const name = next === '.' ? this.attribute() : null;
        if (name === null) {
          this.at = end;
          break;
        }
        operand = { value: this.other(start), name };
      }
    }
    return operand;
  }

  private atom(): Operand | null {
    const start = this.at;
    const strings = this.strings();
    if (strings !== null) return { value: strings, name: null };
    const bracket = this.char;
    if (bracket in CLOSING) {
      const { items, comma } = this.items();
      const [only] = items;
      if (bracket === '(' && only !== undefined && items.length === 1 && !comma) return only;
      return { value: this.other(start), name: null };
    }
    const name = this.match(NAME);
    if (name !== null && KEYWORDS.has(name)) {
      this.at = start;
      return null;
    }
    if (name === null && this.match(NUMBER) === null) return null;
    return { value: this.other(start), name: name?.normalize('NFKC') ?? null };
  }

  private attribute(): string | null {
    this.at += 1;
    this.skipBlanks();
    return this.match(NAME)?.normalize('NFKC') ?? null;
  }

  private strings(): Value | null {
    const start = this.at;
    const strings = readStrings(this.source, start, this.lenient);
    if (strings === null) return null;
    this.at = strings.end;
    return strings.kind === 'formatted' ? this.other(start) : { kind: strings.kind, text: strings.text };
  }

  private callArguments(): { args: Map<string, Value>; positional: Value[] } {
    const args = new Map<string, Value>();
    const positional: Value[] = [];
    this.open();
    while (!this.closed(')')) {
      const unpacks = this.char === '*';
      const keyword = this.keyword();
      const { value } = this.expression();
      if (keyword !== null) args.set(keyword, value);
      else if (args.size === 0 || unpacks || this.lenient) positional.push(value);
      else throw new UnreadablePrediction('a positional argument after a keyword');
      this.skipComma(')');
    }
    return { args, positional };
  }

  /** `name=` or `**`, consumed; null where a positional argument stands. */
  private keyword(): string | null {
    const start = this.at;
    if (this.source.startsWith('**', start)) {
      this.at += 2;
      return '**';
    }
    const name = this.match(NAME);
    this.skipBlanks();
    if (name !== null && this.char === '=' && this.source[this.at + 1] !== '=') {
      if (RESERVED.has(name)) throw new UnreadablePrediction(`${name} is no parameter`);
      this.at += 1;
      return name.normalize('NFKC');
    }
    this.at = start;
    return null;
  }

  /** What stands between a bracket and its closing one. */
  private items(): { items: Operand[]; comma: boolean } {
    const close = CLOSING[this.char] ?? '';
    const items: Operand[] = [];
    let comma = false;
    this.open();
    while (!this.closed(close)) {
      items.push(this.expression());
      comma = this.skipComma(close);
    }
    return { items, comma };
  }

  /** Any expression in brackets, up to its comma or closing bracket: operands with operators or keywords between. */
  private expression(): Operand {
    this.skipBlanks();
    const start = this.at;
    const operand = this.operand();
    this.skipBlanks();
    if (operand !== null && this.itemEnds()) return operand;
    let afterOperand = operand !== null;
    let colon = false;
    while (!this.itemEnds()) {
      const operator = this.match(afterOperand ? BINARY : UNARY);
      if (operator === null && (afterOperand || this.operand() === null)) {
        throw new UnreadablePrediction(`not Python: ${excerpt(this.source, this.at)}`);
      }
      afterOperand = operator === null;
      colon = operator === ':';
      this.skipBlanks();
    }
    // Only a slice may end in an operator, its colon.
    if (!afterOperand && !colon) {
      throw new UnreadablePrediction(`an unfinished argument: ${excerpt(this.source, start)}`);
    }
    return { value: this.other(start), name: null };
  }

  private itemEnds(): boolean {
    return ',)]}'.includes(this.char);
  }

  private other(start: number): Value {
    return { kind: 'other', source: this.source.slice(start, this.at) };
  }
}
