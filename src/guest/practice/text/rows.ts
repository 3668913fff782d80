/** Lines of text as the rows they take on the screen. */

/** Offsets in the text; a newline belongs to no row. */
export interface Row {
  start: number;
  end: number;
}

/** Breaks lines longer than `columns` after a blank where there is one, else anywhere. */
export function layOutRows(text: string, columns: number): Row[] {
  const rows: Row[] = [];
  let lineStart = 0;
  for (const line of text.split('\n')) {
    let start = 0;
    while (line.length - start > columns) {
      const blank = line.slice(start, start + columns).lastIndexOf(' ');
      const end = start + (blank > 0 ? blank + 1 : columns);
      rows.push({ start: lineStart + start, end: lineStart + end });
      start = end;
    }
    rows.push({ start: lineStart + start, end: lineStart + line.length });
    lineStart += line.length + 1;
  }
  return rows;
}

/** Index of the row in which the caret stands; at a break it stands at the start of the next row. */
export function rowOf(rows: readonly Row[], offset: number): number {
  const next = rows.findIndex((row) => row.start > offset);
  return (next === -1 ? rows.length : next) - 1;
}
