/** Python's operators on values that came from JSON: `==`, `in`, `[]`, `str()`, `float()`, truth. `undefined` counts as None. */
import { parseFloatText, parseIntText, reprFloat } from '../../python/float.js';
import { reprText, strip } from '../../python/text.js';
import { PythonError } from './errors.js';

export type Dict = Record<string, unknown>;

export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `first == second`: deep, and True == 1. */
export function equals(first: unknown, second: unknown): boolean {
  if (isNumeric(first) && isNumeric(second)) return Number(first) === Number(second);
  if (Array.isArray(first) && Array.isArray(second)) {
    return first.length === second.length && first.every((item, index) => equals(item, second[index]));
  }
  if (isDict(first) && isDict(second)) {
    const keys = Object.keys(first);
    return (
      keys.length === Object.keys(second).length &&
      keys.every((key) => Object.hasOwn(second, key) && equals(first[key], second[key]))
    );
  }
  return (first ?? null) === (second ?? null);
}

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item);
    throw new PythonError(
      'TypeError',
      `'in <string>' requires string as left operand, not ${typeName(item)}`,
    );
  }
  if (Array.isArray(container)) return container.some((member) => equals(member, item));
  if (isDict(container)) return typeof item === 'string' && Object.hasOwn(container, item);
  throw new PythonError('TypeError', `argument of type '${typeName(container)}' is not iterable`);
}

/** What `for x in value` yields. */
export function iterate(value: unknown): unknown[] {
  if (typeof value === 'string') return Array.from(value);
  if (Array.isArray(value)) return value;
  if (isDict(value)) return Object.keys(value);
  throw new PythonError('TypeError', `'${typeName(value)}' object is not iterable`);
}

/** `container[key]`. */
export function item(container: unknown, key: string | number): unknown {
  if (isDict(container)) {
    if (Object.hasOwn(container, String(key)) && typeof key === 'string') return container[key];
    throw new PythonError('KeyError', repr(key));
  }
  if (Array.isArray(container) || typeof container === 'string') {
    const members = typeof container === 'string' ? Array.from(container) : container;
    if (typeof key === 'string') {
      throw new PythonError(
        'TypeError',
        `${typeName(container)} indices must be integers or slices, not str`,
      );
    }
    const index = key < 0 ? members.length + key : key;
    if (index in members) return members[index];
    throw new PythonError('IndexError', `${typeName(container)} index out of range`);
  }
  throw new PythonError('TypeError', `'${typeName(container)}' object is not subscriptable`);
}

/** `dict.get(key, fallback)`. */
export function get(dict: unknown, key: string, fallback: unknown = null): unknown {
  if (!isDict(dict))
    throw new PythonError('AttributeError', `'${typeName(dict)}' object has no attribute 'get'`);
  return Object.hasOwn(dict, key) ? dict[key] : fallback;
}

/** `dict.items()`. */
export function items(dict: unknown): [string, unknown][] {
  if (!isDict(dict))
    throw new PythonError('AttributeError', `'${typeName(dict)}' object has no attribute 'items'`);
  return Object.entries(dict);
}

/** A value that the reference hands to a function which takes only strings. */
export function string(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new PythonError('TypeError', `expected string or bytes-like object, got '${typeName(value)}'`);
}

/** A value that the reference calls a string method on. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new PythonError('AttributeError', `'${typeName(value)}' object is not a str`);
}

export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isDict(value)) return Object.keys(value).length > 0;
  return Boolean(value) || Number.isNaN(value);
}

/** Whether `set(first) == set(second)`. */
export function sameSet(first: readonly unknown[], second: readonly unknown[]): boolean {
  requireHashable(first);
  requireHashable(second);
  return first.every((one) => contains(second, one)) && second.every((one) => contains(first, one));
}

/** Members of a set. */
export function requireHashable(members: readonly unknown[]): void {
  const member = members.find((one) => Array.isArray(one) || isDict(one));
  if (member !== undefined) throw new PythonError('TypeError', `unhashable type: '${typeName(member)}'`);
}

/** Negative, zero or positive, as `first < second`, `==`, `>`; numbers with numbers and strings with strings only. */
export function compare(first: unknown, second: unknown): number {
  if (isNumeric(first) && isNumeric(second)) return Number(first) - Number(second);
  // UTF-8 bytes sort as code points do; JavaScript's own order is by UTF-16 units.
  if (typeof first === 'string' && typeof second === 'string')
    return Buffer.compare(Buffer.from(first), Buffer.from(second));
  throw new PythonError(
    'TypeError',
    `'<' not supported between instances of '${typeName(first)}' and '${typeName(second)}'`,
  );
}

/** `float(value)`. */
export function float(value: unknown): number {
  if (isNumeric(value)) return Number(value);
  if (typeof value !== 'string') {
    throw new PythonError(
      'TypeError',
      `float() argument must be a string or a real number, not '${typeName(value)}'`,
    );
  }
  const number = parseFloatText(stripNumber(value));
  if (number !== null) return number;
  throw new PythonError('ValueError', `could not convert string to float: ${repr(value)}`);
}

/** `int(value)`. */
export function int(value: unknown): number {
  if (isNumeric(value)) return Math.trunc(Number(value));
  if (typeof value !== 'string') {
    throw new PythonError(
      'TypeError',
      `int() argument must be a string or a real number, not '${typeName(value)}'`,
    );
  }
  const number = parseIntText(stripNumber(value));
  if (number !== null) return number;
  throw new PythonError('ValueError', `invalid literal for int() with base 10: ${repr(value)}`);
}

/** In a text of ASCII alone \x1c to \x1f are not white space to float() and int(), though they are to str.strip(). */
function stripNumber(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text.trim() : strip(text);
}

/** `str(value)`. A JSON `1.0` is the number 1 to us, so it prints as Python's int. */
export function str(value: unknown): string {
  return typeof value === 'string' ? value : repr(value);
}

export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return reprNumber(value);
  if (typeof value === 'string') return reprText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, member]) => `${repr(key)}: ${repr(member)}`);
  return `{${pairs.join(', ')}}`;
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'string') return 'str';
  return Array.isArray(value) ? 'list' : 'dict';
}

function isNumeric(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function reprNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : reprFloat(value);
}
