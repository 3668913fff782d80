/** A place in Python source, and the steps that every reading of it takes: tokens, blanks, brackets, commas. */
import { matchEnd, skipMatches } from '../actions/scan.js';
import { UnreadablePrediction } from '../actions/unreadable.js';

/** As Python's tokenizer: "too many nested parentheses". */
const MAX_DEPTH = 200;
const BLANKS = { line: /[ \t\f]+/y, brackets: /[ \t\f\r\n]+|#[^\r\n]*/y };
const LENIENT_BLANKS = { line: /[^\S\r\n]+|\u200b+/y, brackets: /[\s\x85\u200b]+|#[^\r\n]*/y };

export class Cursor {
  private depth = 0;

  /** `lenient`: any Unicode blank may stand between tokens. */
  constructor(
    readonly source: string,
    public at: number,
    readonly lenient: boolean,
  ) {}

  /** The character at the cursor, empty at the end. */
  get char(): string {
    return this.source.charAt(this.at);
  }

  /** Consumes what the sticky pattern matches here; null when it does not. */
  match(pattern: RegExp): string | null {
    const end = matchEnd(pattern, this.source, this.at);
    return end === null ? null : this.moveTo(end);
  }

  /** Line ends and comments are blanks in brackets only. */
  skipBlanks(): void {
    const blanks = this.lenient ? LENIENT_BLANKS : BLANKS;
    this.at = skipMatches(this.depth > 0 ? blanks.brackets : blanks.line, this.source, this.at);
  }

  /** Consumes an opening bracket. */
  open(): void {
    this.at += 1;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new UnreadablePrediction(`brackets nested deeper than ${MAX_DEPTH}`);
    this.skipBlanks();
  }

  /** Consumes the closing bracket if it stands here. */
  closed(bracket: string): boolean {
    if (this.char === '')
      throw new UnreadablePrediction(`a bracket that never closes: ${bracket} is missing`);
    if (this.char !== bracket) return false;
    this.at += 1;
    this.depth -= 1;
    return true;
  }

  /** Consumes a comma; false where the closing bracket follows instead. */
  skipComma(bracket: string): boolean {
    if (this.char === ',') {
      this.at += 1;
      this.skipBlanks();
      return true;
    }
    if (this.char === bracket || this.char === '') return false;
    throw new UnreadablePrediction(`${this.char} where ${bracket} should close`);
  }

  private moveTo(end: number): string {
    const text = this.source.slice(this.at, end);
    this.at = end;
    return text;
  }
}
