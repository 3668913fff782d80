/** Metrics on JSON. */
import { strip } from '../../../python/text.js';
import { orElse, PythonError } from '../../python/errors.js';
import { parseJson } from '../../python/json.js';
import { readText } from '../../python/text.js';
import { contains, equals, get, isTrue, item, items, iterate, str } from '../../python/values.js';
import { parseYaml } from '../../python/yaml.js';
import type { Metric } from './metric.js';
import { matchesRule } from './rule.js';

const EVALUATION_FAILED = '__EVALUATION_FAILED__';

/** Compares keys of an object; with `expect_in_result` an expected string is a part of the value, a list gives alternatives. */
export const checkDirectJsonObject: Metric = async (result, rules) => {
  const actual = typeof result === 'string' ? parseJson(strip(result).replaceAll("'", '"')) : result;
  if (actual === null || actual === undefined) return 0;
  return orElse(0, () => {
    const wanted = get(rules, 'expected', {});
    if (isTrue(wanted) && items(wanted).some(([, value]) => value === EVALUATION_FAILED)) return 0;
    const expected = items(item(rules, 'expected'));
    if (isTrue(get(rules, 'expect_in_result', false))) {
      return expected.every(([key, value]) => isInResult(get(actual, key), value));
    }
    // The flag is itself one of the compared keys, so the reference never gets past it.
    if (isTrue(get(wanted, 'ignore_list_order', false))) return 0;
    return expected.every(([key, value]) => equals(get(actual, key), value));
  });
};

/** Rules on values at paths; a file that is missing or no JSON (`is_yaml`: YAML) is 0, and so is a rule that cannot be applied. */
export const checkJson: Metric = async (path, rules, options) => {
  if (path === null || path === undefined) return 0;
  return orElse(0, async () => {
    const parse = isTrue(options.is_yaml) ? parseYaml : parseJson;
    const document = parse(await readText(path));
    return (
      iterate(get(rules, 'expect', [])).every((rule) => matchesRule(valueAt(document, keysOf(rule)), rule)) &&
      !iterate(get(rules, 'unexpect', [])).some((rule) =>
        matchesRule(valueOrNone(document, keysOf(rule)), rule),
      )
    );
  });
};

/** The JSON file has every pair of `expected`, values deeply equal. */
export const checkJsonSettings: Metric = async (path, rules) => {
  if (!isTrue(path)) return 0;
  const settings = await orElse(undefined, async () => parseJson(await readText(path)));
  if (settings === undefined) return 0;
  return items(item(rules, 'expected')).every(
    ([key, value]) => contains(settings, key) && equals(item(settings, key), value),
  );
};

/** The JSON array, perhaps after one line of comment, has `expected` as a member. */
export const checkJsonKeybindings: Metric = async (path, rules) => {
  const bindings = (await readBindings(path, 0)) ?? (await readBindings(path, 1));
  return bindings === undefined ? 0 : contains(bindings, item(rules, 'expected'));
};

function isInResult(actual: unknown, expected: unknown): boolean {
  if (typeof expected === 'string') return contains(actual, expected);
  if (!Array.isArray(expected)) return false;
  if (Array.isArray(actual)) return expected.some((one) => contains(actual, one));
  return typeof actual === 'string' && contains(expected, actual);
}

function keysOf(rule: unknown): unknown[] {
  return iterate(item(rule, 'key'));
}

function valueAt(document: unknown, keys: readonly unknown[]): unknown {
  return keys.reduce((value, key) => item(value, typeof key === 'number' ? key : str(key)), document);
}

/** A missing key is None to a rule that must not match; other failures end in 0, as everywhere in `check_json`. */
function valueOrNone(document: unknown, keys: readonly unknown[]): unknown {
  try {
    return valueAt(document, keys);
  } catch (error) {
    if (error instanceof PythonError && error.name === 'KeyError') return null;
    throw error;
  }
}

async function readBindings(path: unknown, skippedLines: number): Promise<unknown[] | undefined> {
  const bindings = await orElse(undefined, async () => {
    const content = await readText(path);
    return parseJson(content.split('\n').slice(skippedLines).join('\n'));
  });
  return Array.isArray(bindings) ? bindings : undefined;
}
