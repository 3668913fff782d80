/** A field for many lines of text in a monospace font, with caret, selection and scrolling. */
import type { Control } from '../control.js';
import type { Rect } from '../geometry.js';
import { clipped, drawText, fillRect, type Ink } from '../paint/draw.js';
import { MONO_ADVANCE, monoFont } from '../paint/fonts.js';
import { COLORS } from '../paint/theme.js';
import type { TextBuffer } from './buffer.js';
import { layOutRows, type Row, rowOf } from './rows.js';

const AREA_FONT_SIZE = 20;
const ROW_HEIGHT = 26;
const ADVANCE = AREA_FONT_SIZE * MONO_ADVANCE;
const PADDING = 14;
const WHEEL_ROWS = 3;
/** A tab is shown as wide as one character: rows are counted in characters. */
const SHOWN_TAB = '→';

export interface TextAreaState {
  buffer: TextBuffer;
  /** First row that is shown. */
  top: number;
}

export interface TextAreaView {
  rows: Row[];
  /** Rows that fit. */
  page: number;
}

export function viewOf({ buffer }: TextAreaState, bounds: Rect): TextAreaView {
  const columns = Math.max(1, Math.floor((bounds.width - 2 * PADDING) / ADVANCE));
  return {
    rows: layOutRows(buffer.text, columns),
    page: Math.max(1, Math.floor((bounds.height - PADDING) / ROW_HEIGHT)),
  };
}

/** Scrolls so that the caret can be seen; called after every key. */
export function scrollToCaret(state: TextAreaState, { rows, page }: TextAreaView): void {
  const caretRow = rowOf(rows, state.buffer.caret);
  state.top = Math.max(caretRow - page + 1, Math.min(state.top, caretRow), 0);
}

export function textArea(bounds: Rect, name: string, state: TextAreaState, focused: boolean): Control {
  const { buffer } = state;
  const view = viewOf(state, bounds);
  const offsetAt = ({ x, y }: { x: number; y: number }) => {
    const index = state.top + Math.floor((y - bounds.y - PADDING / 2) / ROW_HEIGHT);
    const row = view.rows[Math.max(0, Math.min(view.rows.length - 1, index))] ?? { start: 0, end: 0 };
    const column = Math.max(0, Math.round((x - bounds.x - PADDING) / ADVANCE));
    return index >= view.rows.length ? row.end : Math.min(row.start + column, row.end);
  };
  return {
    role: 'text',
    name,
    bounds,
    cursor: 'text',
    text: buffer.text,
    states: ['editable', 'multi_line', 'focusable', ...(focused ? (['focused'] as const) : [])],
    press(at, clicks, extend) {
      const offset = offsetAt(at);
      const unit = clicks === 2 ? buffer.wordAt(offset) : clicks > 2 ? buffer.lineAt(offset) : null;
      if (unit) buffer.select(unit.start, unit.end);
      else buffer.moveTo(offset, { select: extend });
    },
    drag(at) {
      buffer.moveTo(offsetAt(at), { select: true });
      scrollToCaret(state, view);
    },
    scroll(clicks) {
      const last = Math.max(0, view.rows.length - view.page);
      state.top = Math.max(0, Math.min(last, state.top - clicks * WHEEL_ROWS));
    },
    draw(ink) {
      fillRect(ink, bounds, COLORS.field);
      clipped(ink, bounds, 0, () => drawRows(ink, bounds, state, view, focused));
    },
  };
}

function drawRows(
  ink: Ink,
  bounds: Rect,
  { buffer, top }: TextAreaState,
  { rows, page }: TextAreaView,
  focused: boolean,
): void {
  const { start, end } = buffer.selection;
  const caretRow = rowOf(rows, buffer.caret);
  const x = (column: number) => bounds.x + PADDING + column * ADVANCE;
  for (let index = top; index <= Math.min(top + page, rows.length - 1); index += 1) {
    const row = rows[index];
    if (!row) break;
    const y = bounds.y + PADDING / 2 + (index - top) * ROW_HEIGHT;
    if (start < end && end >= row.start && start <= row.end) {
      const from = Math.max(start, row.start) - row.start;
      // A selected newline is shown as half a character.
      const to = end > row.end ? row.end - row.start + 0.5 : end - row.start;
      const color = focused ? COLORS.selection : COLORS.selectionUnfocused;
      fillRect(ink, { x: x(from), y, width: (to - from) * ADVANCE, height: ROW_HEIGHT }, color);
    }
    const text = buffer.text.slice(row.start, row.end).replaceAll('\t', SHOWN_TAB);
    drawText(ink, text, x(0), y + ROW_HEIGHT / 2, { font: monoFont(AREA_FONT_SIZE), color: COLORS.text });
    if (focused && index === caretRow) {
      fillRect(
        ink,
        { x: x(buffer.caret - row.start) - 1, y: y + 2, width: 2, height: ROW_HEIGHT - 4 },
        COLORS.accent,
      );
    }
  }
}
