/** Metrics on GIMP's settings and on image files as files. */
import { splitBlanks, strip } from '../../../python/text.js';
import { fileLines, fileSize, readText } from '../../python/text.js';
import { compare, equals, item } from '../../python/values.js';
import type { Metric } from './metric.js';

/** Some setting line begins with `key`, one word or two, and ends with `value`. A line of blanks alone is an IndexError. */
export const checkConfigStatus: Metric = async (path, rule) => {
  if (path === null || path === undefined) return 0;
  const lines = fileLines(await readText(path)).filter((line) => !line.startsWith('#') && line !== '\n');
  return lines.some((line) => isSetting(line, rule));
};

/** Smaller than `max_size` bytes. */
export const checkImageFileSize: Metric = async (path, rule) => {
  if (path === null || path === undefined) return 0;
  return compare(await fileSize(path), item(rule, 'max_size')) < 0;
};

function isSetting(line: string, rule: unknown): boolean {
  const parts = splitBlanks(
    strip(line)
      .replace(/^\(+/, '')
      .replace(/[)\n]+$/, ''),
  );
  const key = item(rule, 'key');
  const first = item(parts, 0);
  const isNamed = Array.isArray(key)
    ? key.length === 2 && equals(first, key[0]) && equals(item(parts, 1), key[1])
    : equals(first, key);
  return isNamed && equals(item(parts, -1), item(rule, 'value'));
}
