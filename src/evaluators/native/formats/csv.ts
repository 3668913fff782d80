/** `csv.DictReader` with its default dialect, which forgives what strict readers refuse. */

/** Records by the names in the first row; a short row has None in the rest, more fields than names are left out. */
export function readCsvRecords(content: string): Record<string, string | null>[] {
  const [names = [], ...rows] = readCsvRows(content);
  return rows
    .filter((row) => row.length > 0)
    .map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
}

/** A blank line is an empty row. A quote inside of an unquoted field is a character like others. */
function readCsvRows(content: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < content.length) {
    const row: string[] = [];
    let ended = content[at] === '\n';
    while (!ended) {
      const [field, next] = readField(content, at);
      row.push(field);
      at = next;
      ended = content[at] !== ',';
      if (!ended) at += 1;
    }
    rows.push(row);
    at += 1;
  }
  return rows;
}

/** A field and the position of what ends it: a comma, a line end, or the end of the text. */
function readField(content: string, start: number): [string, number] {
  let field = '';
  let at = start;
  if (content[at] === '"') {
    at += 1;
    while (at < content.length && (content[at] !== '"' || content[at + 1] === '"')) {
      field += content[at];
      at += content[at] === '"' ? 2 : 1;
    }
    at += 1;
  }
  const rest = /[^,\n]*/y;
  rest.lastIndex = at;
  const tail = at < content.length ? (rest.exec(content)?.[0] ?? '') : '';
  return [field + tail, Math.min(at + tail.length, content.length)];
}
