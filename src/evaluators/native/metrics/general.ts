/** Metrics on values: equality, membership, substrings. */
import { PythonError } from '../../python/errors.js';
import { contains, equals, get, isDict, isTrue, item, iterate, str, string } from '../../python/values.js';
import type { Metric } from './metric.js';

export const exactMatch: Metric = (result, rules) => equals(result, item(rules, 'expected'));

export const matchInList: Metric = (result, rules) => contains(item(rules, 'expected'), result);

export const isInList: Metric = (result, rules) => contains(result, item(rules, 'expected'));

/** `str()` of both, or of their members; options: `type` "str" or "list", `ignore_case`. */
export const literalMatch: Metric = (result, expected, options) => {
  const print = (value: unknown): string =>
    isTrue(get(options, 'ignore_case', false)) ? str(value).toLowerCase() : str(value);
  const type = get(options, 'type', 'str');
  if (type === 'str') return print(result) === print(expected);
  if (type !== 'list') throw new PythonError('NotImplementedError', `Type ${str(type)} not supported`);
  return Array.isArray(result) && Array.isArray(expected) && equals(result.map(print), expected.map(print));
};

/** rapidfuzz's ratio as a fraction, of characters: 1 less insertions and deletions by both lengths; nothing at all is like nothing. */
export const fuzzyMatch: Metric = (result, rules) => {
  const expected = item(rules, 'expected');
  if (result === null || result === undefined || expected === null) return 0;
  const first = sequence(result);
  const second = sequence(expected);
  const total = first.length + second.length;
  if (total === 0) return 1;
  const distance = total - 2 * commonSubsequence(first, second);
  // Computed as rapidfuzz does, for the same last digit.
  return ((1 - distance / total) * 100) / 100;
};

/** Substrings of a string, or members of a list, that must and must not be there. */
export const checkIncludeExclude: Metric = (result, rules) => {
  if (result === null || result === undefined) return 0;
  return (
    iterate(get(rules, 'include', [])).every((part) => contains(result, part)) &&
    !iterate(get(rules, 'exclude', [])).some((part) => contains(result, part))
  );
};

/** A text is compared by its characters, a list by its members. */
function sequence(value: unknown): readonly unknown[] {
  if (!isDict(value)) return Array.isArray(value) ? value : Array.from(string(value));
  if (isTrue(value)) throw new PythonError('KeyError', '0');
  return [];
}

/** Length of the longest common subsequence. */
function commonSubsequence(first: readonly unknown[], second: readonly unknown[]): number {
  let previous = new Uint32Array(second.length + 1);
  for (const char of first) {
    const row = new Uint32Array(second.length + 1);
    second.forEach((other, index) => {
      const skipped = Math.max(previous[index + 1] ?? 0, row[index] ?? 0);
      row[index + 1] = char === other ? (previous[index] ?? 0) + 1 : skipped;
    });
    previous = row;
  }
  return previous[second.length] ?? 0;
}
