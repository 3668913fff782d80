/** How a terminal's text stands in its window. */
import type { Point } from '../../machine.js';
import type { Rect } from '../geometry.js';
import { drawText, fillRect, type Ink } from '../paint/draw.js';
import { MONO_ADVANCE, monoFont } from '../paint/fonts.js';
import { SHELL } from '../paint/theme.js';
import { layOutRows, type Row } from '../text/rows.js';

export interface TerminalContents {
  text: string;
  /** Offset in the text. */
  caret: number;
  /** Offsets of the text that the mouse marked. */
  mark: { from: number; to: number } | null;
  /** Rows scrolled back from the end. */
  back: number;
}

/** Begins every prompt. */
export const USER = 'user@arpo-sim';

const FONT_SIZE = 20;
const ADVANCE = FONT_SIZE * MONO_ADVANCE;
const LINE_HEIGHT = 24;
const PADDING = 10;

/** The place in the text at a point of the screen. */
export function offsetAt(contents: TerminalContents, area: Rect, { x, y }: Point): number {
  const { rows, first } = visibleRows(contents, area);
  const row = rows[first + Math.floor((y - area.y - PADDING) / LINE_HEIGHT)];
  if (!row) return contents.text.length;
  return Math.min(row.end, row.start + Math.max(0, Math.round((x - area.x - PADDING) / ADVANCE)));
}

/** How far it can be scrolled back. */
export function hiddenRows(contents: TerminalContents, area: Rect): number {
  const { rows, fit } = visibleRows(contents, area);
  return Math.max(0, rows.length - fit);
}

export function drawTerminal(ink: Ink, area: Rect, contents: TerminalContents, focused: boolean): void {
  const { rows, first, fit } = visibleRows(contents, area);
  const { text, caret, mark } = contents;
  fillRect(ink, area, SHELL.terminal);
  for (const [index, row] of rows.slice(first, first + fit).entries()) {
    const [x, y] = [area.x + PADDING, area.y + PADDING + index * LINE_HEIGHT];
    const box = (from: number, to: number): Rect => ({
      x: x + (from - row.start) * ADVANCE,
      y,
      width: (to - from) * ADVANCE,
      height: LINE_HEIGHT,
    });
    if (mark) {
      const from = Math.max(row.start, Math.min(mark.from, mark.to));
      const to = Math.min(row.end, Math.max(mark.from, mark.to));
      if (from < to) fillRect(ink, box(from, to), SHELL.highlight);
    }
    drawLine(ink, text.slice(row.start, row.end), x, y + LINE_HEIGHT / 2);
    const last = first + index === rows.length - 1;
    if (caret >= row.start && (caret < row.end || last)) {
      fillRect(ink, box(caret, caret + 1), `rgba(238, 238, 236, ${focused ? 0.75 : 0.25})`);
    }
  }
}

function visibleRows(
  { text, back }: TerminalContents,
  area: Rect,
): { rows: Row[]; first: number; fit: number } {
  const columns = Math.max(1, Math.floor((area.width - 2 * PADDING) / ADVANCE));
  const rows = layOutRows(text, columns);
  const fit = Math.max(1, Math.floor((area.height - 2 * PADDING) / LINE_HEIGHT));
  return { rows, fit, first: Math.max(0, rows.length - fit - back) };
}

/** A prompt is green and blue, as Ubuntu has it. */
function drawLine(ink: Ink, text: string, x: number, y: number): void {
  const [, user = '', folder = ''] = text.startsWith(USER) ? (/^([^:]*):([^$]*)\$/.exec(text) ?? []) : [];
  const parts = [
    { text: user, color: SHELL.promptUser, weight: 700 },
    { text: user && ':', color: SHELL.terminalText, weight: 400 },
    { text: folder, color: SHELL.promptPath, weight: 700 },
  ] as const;
  let at = 0;
  for (const part of parts) {
    drawText(ink, part.text, x + at * ADVANCE, y, {
      font: monoFont(FONT_SIZE, part.weight),
      color: part.color,
    });
    at += part.text.length;
  }
  drawText(ink, text.slice(at), x + at * ADVANCE, y, {
    font: monoFont(FONT_SIZE),
    color: SHELL.terminalText,
  });
}
