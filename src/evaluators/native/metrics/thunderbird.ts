/** Metrics on Thunderbird's preferences, message filters and folders. */
import { strip } from '../../../python/text.js';
import { PythonError } from '../../python/errors.js';
import { parseJson } from '../../python/json.js';
import { fileLines, readText } from '../../python/text.js';
import { type Dict, get, isTrue, items, iterate } from '../../python/values.js';
import type { Metric } from './metric.js';
import { matchesRule, meetsRecordRules } from './rule.js';

const PREFERENCE = /^user_pref\("((?:[^"]|\\")+)", ([^\n]+)\);$/;
/** Conditions such as `AND (subject,contains,discount)`, or `ALL`. */
const CONDITION = /\b(?:AND|OR) \([\p{L}\p{N}_ ]+,[\p{L}\p{N}_ ']+,(?:"[\s\S]+"|[^)]+)\)|\bALL\b/gu;

/** Rules by preference: the last value of each of `expect` matches, no value of `unexpect` does. */
export const checkThunderbirdPrefs: Metric = async (path, rules) => {
  if (path === null || path === undefined) return 0;
  const expected = new Map(items(get(rules, 'expect', {})));
  const unexpected = new Map(items(get(rules, 'unexpect', {})));
  const met = new Map<string, boolean>();
  let isClean = true;
  for (const line of fileLines(await readText(path))) {
    const [, key, value] = PREFERENCE.exec(strip(line)) ?? [];
    if (key === undefined || value === undefined) continue;
    const parsed = parseJson(value);
    if (expected.has(key)) met.set(key, matchesRule(parsed, expected.get(key)));
    else if (unexpected.has(key) && matchesRule(parsed, unexpected.get(key))) isClean = false;
  }
  return isClean && [...expected.keys()].every((key) => met.get(key) ?? false);
};

/** Records of msgFilterRules.dat: name, enabled, type, action, actionValue, and condition as a list. */
export const checkThunderbirdFilter: Metric = async (path, rules) => {
  if (path === null || path === undefined) return 0;
  return meetsRecordRules(readFilters(await readText(path)), rules);
};

/**
 * Meant to compare the messages of folders. The reference skips every message that is not empty, so that only the number
 * of empty ones counts; its score is what published runs are compared with.
 */
export const checkThunderbirdFolder: Metric = async (result, reference, options) => {
  const [actual, gold] = Array.isArray(reference) ? [iterate(result), reference] : [[result], [reference]];
  for (const [index, path] of actual.slice(0, gold.length).entries()) {
    if (path === null || path === undefined) return 0;
    const [found, wanted] = [await readText(path), await readText(gold[index])].map((folder) =>
      emptyMessages(folder, options),
    );
    if (found !== wanted) return 0;
  }
  return 1;
};

function readFilters(content: string): Dict[] {
  const filters: Dict[] = [];
  let filter: Dict | undefined;
  for (const line of fileLines(content)) {
    const key = /^(name|enabled|type|action|actionValue|condition)=/.exec(line)?.[1];
    if (key === undefined) continue;
    if (key === 'name') filter = {};
    if (!filter) throw new PythonError('UnboundLocalError', `${key} comes before the name of a filter`);
    // After `key="`, and before `"` and the line end.
    const value = line
      .slice(key.length + 2, -2)
      .replaceAll('\\"', '"')
      .replaceAll('\\\\', '\\');
    filter[key] = key === 'condition' ? (value.match(CONDITION) ?? []) : value;
    if (key === 'condition') filters.push(filter);
  }
  return filters;
}

function emptyMessages(folder: string, options: Dict): number {
  const count = strip(folder)
    .split('FROM - ')
    .filter((message) => strip(message) === '').length;
  return isTrue(get(options, 'remove_duplicate', true)) ? Math.min(count, 1) : count;
}
