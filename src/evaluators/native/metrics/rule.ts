/** Rules `{method, ref}` and records, which several metrics share. */
import { PythonError } from '../../python/errors.js';
import { PythonRegex } from '../../python/regex.js';
import {
  compare,
  contains,
  equals,
  float,
  get,
  isDict,
  item,
  items,
  iterate,
  sameSet,
  text,
} from '../../python/values.js';

const COMPARISONS = new Map<string, (order: number) => boolean>([
  ['lt', (order) => order < 0],
  ['le', (order) => order <= 0],
  ['gt', (order) => order > 0],
  ['ge', (order) => order >= 0],
]);

/** Letters of the flags that `re.I.S` and its like name. */
const REGEX_FLAGS = new Map([
  ['I', 'i'],
  ['IGNORECASE', 'i'],
  ['M', 'm'],
  ['MULTILINE', 'm'],
  ['S', 's'],
  ['DOTALL', 's'],
  ['U', 'u'],
  ['UNICODE', 'u'],
]);

/** `_match_value_to_rule`: re[.FLAGS], eq ne lt le gt ge, approx:T, range.XY, str_list_eq, str_set_eq. */
export function matchesRule(value: unknown, rule: unknown): boolean {
  const method = text(item(rule, 'method'));
  if (method.startsWith('re')) return new PythonRegex(item(rule, 'ref'), regexFlags(method)).search(value);
  if (method === 'eq') return equals(value, item(rule, 'ref'));
  if (method === 'ne') return !equals(value, item(rule, 'ref'));
  const comparison = COMPARISONS.get(method);
  if (comparison) return comparison(compare(value, item(rule, 'ref')));
  if (method.startsWith('approx')) return isNear(value, item(rule, 'ref'), float(method.split(':')[1]));
  if (method.startsWith('range.')) return isInRange(value, item(rule, 'ref'), method);
  if (method === 'str_list_eq') return equals(quotedList(value), iterate(item(rule, 'ref')));
  if (method === 'str_set_eq') return sameSet(quotedList(value), iterate(item(rule, 'ref')));
  throw new PythonError('NotImplementedError', `the method ${method}`);
}

/** `_match_record`: every key of `pattern` is in `record`, with an equal value. */
export function matchesRecord(pattern: unknown, record: unknown): boolean {
  return items(pattern).every(
    ([key, value]) => contains(record, key) && equals(isDict(record) ? record[key] : null, value),
  );
}

/**
 * The frame of metrics whose rules are lists of records: each of `expect` matches some record and none of `unexpect` matches any.
 */
export function meetsRecordRules(records: readonly unknown[], rules: unknown): boolean {
  const expected = iterate(get(rules, 'expect', []));
  const unexpected = iterate(get(rules, 'unexpect', []));
  return (
    expected.every((pattern) => records.some((record) => matchesRecord(pattern, record))) &&
    !unexpected.some((pattern) => records.some((record) => matchesRecord(pattern, record)))
  );
}

function regexFlags(method: string): string {
  return method
    .split('.')
    .slice(1)
    .map((name) => {
      const letter = REGEX_FLAGS.get(name);
      if (letter === undefined)
        throw new PythonError('AttributeError', `module 're' has no usable flag ${name}`);
      return letter;
    })
    .join('');
}

/** A value that is not a number is not near, and not an error. */
function isNear(value: unknown, reference: unknown, threshold: number): boolean {
  let actual: number;
  try {
    actual = float(value);
  } catch (error) {
    if (error instanceof PythonError) return false;
    throw error;
  }
  return Math.abs(actual - float(reference)) <= threshold;
}

/** `range.te [0, 2]` is 0 < value <= 2: `t` stands for less than, `e` for less or equal. */
function isInRange(value: unknown, limits: unknown, method: string): boolean {
  return isBelow(item(limits, 0), value, method[6]) && isBelow(value, item(limits, 1), method[7]);
}

function isBelow(low: unknown, high: unknown, mark: string | undefined): boolean {
  const comparison = COMPARISONS.get(`l${mark}`);
  if (comparison === undefined)
    throw new PythonError('AttributeError', `module 'operator' has no attribute 'l${mark}'`);
  return comparison(compare(low, high));
}

function quotedList(value: unknown): string[] {
  return text(value)
    .replace(/^["']+|["']+$/g, '')
    .split(',');
}
