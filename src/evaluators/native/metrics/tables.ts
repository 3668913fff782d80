/** Metrics on CSV files and SQLite databases. */
import { splitLines, strip, universalNewlines } from '../../../python/text.js';
import { orElse, PythonError } from '../../python/errors.js';
import { decode, readBytes, readText } from '../../python/text.js';
import { equals, float, get, isTrue, item, iterate, text } from '../../python/values.js';
import { readCsvRecords } from '../formats/csv.js';
import { querySqlite } from '../formats/sqlite.js';
import type { Metric } from './metric.js';
import { meetsRecordRules } from './rule.js';

export const checkCsv: Metric = async (path, rules) => {
  if (path === null || path === undefined) return 0;
  return meetsRecordRules(readCsvRecords(await readText(path)), rules);
};

/** Equal lines with one of the expected files; options: `strict` (default true, otherwise lines are stripped), `ignore_case`. */
export const compareCsv: Metric = async (path, expected, options) => {
  if (path === null || path === undefined) return 0;
  const isStrict = isTrue(get(options, 'strict', true));
  const ignoresCase = isTrue(get(options, 'ignore_case', false));
  const normalize = (line: string): string => {
    const stripped = isStrict ? line : strip(line);
    return ignoresCase ? stripped.toLowerCase() : stripped;
  };
  const read = async (file: unknown): Promise<string[]> => (await readLenientLines(file)).map(normalize);
  const actual = await orElse(undefined, () => read(path));
  if (actual === undefined) return 0;
  for (const gold of typeof expected === 'string' ? [expected] : iterate(expected)) {
    if (equals(actual, await orElse(undefined, () => read(gold)))) return 1;
  }
  return 0;
};

/** First column of the first row of `sql`; NULL and an empty text count as 0. */
export const runSqlite3: Metric = async (path, rules) => {
  const [row] = await querySqlite(path, text(item(rules, 'sql')));
  if (!row)
    throw new PythonError('TypeError', "'NoneType' object is not subscriptable: the query gives no row");
  const [value] = row;
  if (!isTrue(value)) return 0;
  return float(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value);
};

/** What is not UTF-8 is read as Latin-1, which takes any bytes. */
async function readLenientLines(file: unknown): Promise<string[]> {
  const bytes = await readBytes(file);
  return splitLines(universalNewlines(await orElse(bytes.toString('latin1'), () => decode(bytes))));
}
