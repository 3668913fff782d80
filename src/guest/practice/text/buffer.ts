/** A text being edited: caret, selection, undo. Offsets count UTF-16 units and never stand inside a character. */

interface Snapshot {
  text: string;
  caret: number;
}

/** Characters: what a guest may make this machine hold, and lay out with every key. */
export const LONGEST_TEXT = 64 * 1024;
const MAX_UNDO = 100;
const WORD = /[\p{L}\p{N}_]/u;

export class TextBuffer {
  text: string;
  caret: number;
  /** The other end of the selection; equal to the caret when nothing is selected. */
  anchor: number;
  readonly #undo: Snapshot[] = [];
  readonly #redo: Snapshot[] = [];

  constructor(text = '') {
    this.text = text;
    this.caret = 0;
    this.anchor = 0;
  }

  get selection(): { start: number; end: number } {
    return { start: Math.min(this.caret, this.anchor), end: Math.max(this.caret, this.anchor) };
  }

  get selected(): string {
    return this.text.slice(this.selection.start, this.selection.end);
  }

  /** Replaces the selection; not when the text would become longer than LONGEST_TEXT. */
  insert(text: string): void {
    const { start, end } = this.selection;
    this.replace(start, end, text);
  }

  replace(start: number, end: number, text: string): void {
    if (start === end && text === '') return;
    if (this.text.length - (end - start) + text.length > LONGEST_TEXT) return;
    this.#undo.push({ text: this.text, caret: this.caret });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo.length = 0;
    this.text = this.text.slice(0, start) + text + this.text.slice(end);
    this.moveTo(start + text.length);
  }

  /** Deletes the selection, or up to where `to` would move the caret. */
  deleteTo(to: number): void {
    const { start, end } = this.selection;
    if (start === end) this.replace(Math.min(this.caret, to), Math.max(this.caret, to), '');
    else this.replace(start, end, '');
  }

  moveTo(offset: number, { select = false } = {}): void {
    this.caret = Math.max(0, Math.min(this.text.length, offset));
    if (!select) this.anchor = this.caret;
  }

  select(start: number, end: number): void {
    this.anchor = start;
    this.moveTo(end, { select: true });
  }

  selectAll(): void {
    this.select(0, this.text.length);
  }

  undo(): void {
    this.#exchange(this.#undo, this.#redo);
  }

  redo(): void {
    this.#exchange(this.#redo, this.#undo);
  }

  /** One character before (-1) or after (1) an offset. */
  step(offset: number, direction: -1 | 1): number {
    const next = offset + direction;
    const insidePair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(this.text.slice(next - 1, next + 1));
    return Math.max(0, Math.min(this.text.length, insidePair ? next + direction : next));
  }

  /** The next edge of a word in a direction. */
  stepWord(offset: number, direction: -1 | 1): number {
    const at = (index: number) => this.text.charAt(direction === 1 ? index : index - 1);
    let index = offset;
    while (at(index) !== '' && !WORD.test(at(index))) index += direction;
    while (at(index) !== '' && WORD.test(at(index))) index += direction;
    return index;
  }

  wordAt(offset: number): { start: number; end: number } {
    let start = offset;
    let end = offset;
    while (start > 0 && WORD.test(this.text.charAt(start - 1))) start -= 1;
    while (end < this.text.length && WORD.test(this.text.charAt(end))) end += 1;
    return { start, end };
  }

  /** The line around an offset, without its newline. */
  lineAt(offset: number): { start: number; end: number } {
    const end = this.text.indexOf('\n', offset);
    return {
      start: offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1,
      end: end === -1 ? this.text.length : end,
    };
  }

  #exchange(from: Snapshot[], to: Snapshot[]): void {
    const snapshot = from.pop();
    if (!snapshot) return;
    to.push({ text: this.text, caret: this.caret });
    this.text = snapshot.text;
    this.moveTo(snapshot.caret);
  }
}
