/** Plain aligned columns, for terminals and for pasting into an issue. */
import { stripVTControlCharacters } from 'node:util';

export type Align = 'left' | 'right';

export interface TableOptions {
  /** One per column; `left` where missing. */
  align?: readonly Align[];
  /** Longest line in characters; longer ones end in `…`. Default: no limit. */
  width?: number;
}

/** Header, a rule, rows. Cells may hold colour codes: width is counted without them. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => width(row[column] ?? title))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, options.align?.[column] ?? 'left'))
      .join('  ')
      .trimEnd();
  const rule = widths.map((size) => '─'.repeat(size)).join('  ');
  const lines = [line(header), rule, ...rows.map(line)];
  const limit = options.width;
  return lines
    .map((text) => (limit !== undefined && width(text) > limit ? cut(text, limit) : text))
    .join('\n');
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(cell: string, size: number, align: Align): string {
  const fill = ' '.repeat(Math.max(0, size - width(cell)));
  return align === 'right' ? fill + cell : cell + fill;
}

function cut(text: string, limit: number): string {
  return `${[...stripVTControlCharacters(text)].slice(0, limit - 1).join('')}…`;
}
