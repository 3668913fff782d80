/** Plain aligned columns, for terminals and for pasting into an issue. */
import { stripVTControlCharacters } from 'node:util';
import { oneLine } from './harmless.js';

export type Align = 'left' | 'right';

export interface TableOptions {
  /** One per column; `left` where missing. */
  align?: readonly Align[];
  /**
   * Longest line in characters. In a wider table the cells of the widest column are cut, and what then still does not fit;
   * both end in `…`. Default: no limit.
   */
  width?: number | undefined;
}

/** Header, a rule, rows. Cells may hold colour codes: width is counted without them. A cell is one line, whatever it holds. */
export function renderTable(
  header: readonly string[],
  given: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const rows = given.map((row) => row.map(oneLine));
  const limit = options.width;
  const widths = fitting(
    header.map((title, column) => Math.max(...[header, ...rows].map((row) => width(row[column] ?? title)))),
    limit,
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const size = widths[column] ?? 0;
        return pad(cut(cell, size), size, options.align?.[column] ?? 'left');
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((size) => '─'.repeat(size)).join('  ');
  const lines = [line(header), rule, ...rows.map(line)];
  return limit === undefined ? lines.join('\n') : lines.map((text) => cut(text, limit)).join('\n');
}

/** Narrower than this a column says nothing any more. */
const NARROWEST = 8;

/** The widths with the widest one reduced to what the others leave of the limit. */
function fitting(widths: readonly number[], limit = Number.POSITIVE_INFINITY): number[] {
  const gaps = 2 * (widths.length - 1);
  const excess = widths.reduce((sum, size) => sum + size, gaps) - limit;
  if (excess <= 0) return [...widths];
  const widest = widths.indexOf(Math.max(...widths));
  return widths.map((size, column) =>
    column === widest ? Math.max(Math.min(size, NARROWEST), size - excess) : size,
  );
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(cell: string, size: number, align: Align): string {
  const fill = ' '.repeat(Math.max(0, size - width(cell)));
  return align === 'right' ? fill + cell : cell + fill;
}

function cut(text: string, limit: number): string {
  if (width(text) <= limit) return text;
  return `${[...stripVTControlCharacters(text)].slice(0, limit - 1).join('')}…`;
}
