/** What Python makes of values that come as JSON, and the words in which it refuses them. */

import { parseIntText } from '../python/float.js';
import { reprText, strip } from '../python/text.js';
import { isJsonObject, type JsonBody } from './flask.js';
import { GuestError } from './machine.js';

const TYPE_NAMES = { boolean: 'bool', number: 'int', string: 'str', undefined: 'NoneType' } as const;

/** `type(value).__name__` */
export function pythonType(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'float';
  return Object.hasOwn(TYPE_NAMES, typeof value)
    ? TYPE_NAMES[typeof value as keyof typeof TYPE_NAMES]
    : 'dict';
}

/** `value or {}`, of which fields are asked. Throws GuestError with Python's words for what has none. */
export function dictOf(value: unknown): JsonBody {
  if (isJsonObject(value)) return value;
  if (!isTruthy(value)) return {};
  throw new GuestError(`'${pythonType(value)}' object has no attribute 'get'`);
}

/** Python's truth: `"shell": "true"` is in five task configs. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** `int(value)` of a number or a text; null where that raises. */
export function pythonInt(value: unknown): number | null {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' ? parseIntText(strip(value)) : null;
}

/** What `int(value)` says where it raises. */
export function notAnInt(value: unknown): string {
  if (typeof value === 'string') return `invalid literal for int() with base 10: ${reprText(value)}`;
  return `int() argument must be a string, a bytes-like object or a real number, not '${pythonType(value)}'`;
}
