/** What keys do in a text: the shortcuts that every editor has. */
import type { KeyStroke } from '../input/keystroke.js';
import type { TextBuffer } from './buffer.js';
import { type Row, rowOf } from './rows.js';

export interface Clipboard {
  text: string;
}

interface EditingOptions {
  clipboard: Clipboard;
  /** The rows on the screen. */
  rows: readonly Row[];
  /** Rows that page up and page down move by. */
  page: number;
}

/** Returns whether the stroke meant anything here. */
export function editText(buffer: TextBuffer, stroke: KeyStroke, options: EditingOptions): boolean {
  if (stroke.alt || stroke.super) return false;
  return (
    (stroke.control ? shortcut(buffer, stroke, options.clipboard) : plainKey(buffer, stroke)) ||
    move(buffer, stroke, options)
  );
}

function plainKey(buffer: TextBuffer, { key, text }: KeyStroke): boolean {
  if (text !== '') buffer.insert(text);
  else if (key === 'enter') buffer.insert('\n');
  else if (key === 'tab') buffer.insert('\t');
  else if (key === 'backspace') buffer.deleteTo(buffer.step(buffer.caret, -1));
  else if (key === 'delete') buffer.deleteTo(buffer.step(buffer.caret, 1));
  else return false;
  return true;
}

function shortcut(buffer: TextBuffer, { key, shift }: KeyStroke, clipboard: Clipboard): boolean {
  if (key === 'a') buffer.selectAll();
  else if (key === 'c' || key === 'x') {
    if (buffer.selected === '') return true;
    clipboard.text = buffer.selected;
    if (key === 'x') buffer.insert('');
  } else if (key === 'v') buffer.insert(clipboard.text);
  else if (key === 'y' || (key === 'z' && shift)) buffer.redo();
  else if (key === 'z') buffer.undo();
  else if (key === 'backspace') buffer.deleteTo(buffer.stepWord(buffer.caret, -1));
  else if (key === 'delete') buffer.deleteTo(buffer.stepWord(buffer.caret, 1));
  else return false;
  return true;
}

function move(
  buffer: TextBuffer,
  { key, shift, control }: KeyStroke,
  { rows, page }: EditingOptions,
): boolean {
  const { caret } = buffer;
  const collapse = !shift && caret !== buffer.anchor && !control;
  const targets: Readonly<Record<string, () => number>> = {
    left: () =>
      collapse ? buffer.selection.start : control ? buffer.stepWord(caret, -1) : buffer.step(caret, -1),
    right: () =>
      collapse ? buffer.selection.end : control ? buffer.stepWord(caret, 1) : buffer.step(caret, 1),
    home: () => (control ? 0 : edge(buffer, rows, 'start')),
    end: () => (control ? buffer.text.length : edge(buffer, rows, 'end')),
    up: () => vertically(caret, rows, -1),
    down: () => vertically(caret, rows, 1),
    pageup: () => vertically(caret, rows, -page),
    pagedown: () => vertically(caret, rows, page),
  };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  if (!target) return false;
  buffer.moveTo(target(), { select: shift });
  return true;
}

function edge(buffer: TextBuffer, rows: readonly Row[], side: 'start' | 'end'): number {
  const row = rows[rowOf(rows, buffer.caret)];
  return row ? row[side] : side === 'start' ? 0 : buffer.text.length;
}

function vertically(caret: number, rows: readonly Row[], by: number): number {
  const from = rowOf(rows, caret);
  const column = caret - (rows[from]?.start ?? 0);
  if (from + by < 0) return 0;
  const row = rows[from + by] ?? rows.at(-1);
  return row ? (from + by >= rows.length ? row.end : Math.min(row.start + column, row.end)) : caret;
}
