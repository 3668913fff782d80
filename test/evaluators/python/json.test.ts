import { expect, it } from 'vitest';
import { parseJson, parseJsonBytes } from '../../../src/evaluators/python/json.js';

it.each([
  ['{"a": NaN, "NaN": "NaN", "b": [-Infinity, Infinity]}', { a: NaN, NaN: 'NaN', b: [-Infinity, Infinity] }],
  ['"\\"NaN"', '"NaN'],
  ['NaN', NaN],
  ['{"a": 1, "a": 2}', { a: 2 }],
  ['1e999', Infinity],
])('reads %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

it.each([
  '{',
  '{NaN: 1}',
  '5Infinity',
  'Infinity5',
  'NaN5',
  '5NaN',
  '- Infinity',
  '+NaN',
  'Nan',
  "'a'",
  '[1,]',
  '',
  '\uFEFF1',
])('refuses %s', (text) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ name: 'JSONDecodeError' }));
});

it('is nested no deeper than the stack of CPython', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(() => parseJson(nested(900))).not.toThrow();
  expect(() => parseJson(nested(1_000))).toThrow(expect.objectContaining({ name: 'RecursionError' }));
  expect(() => parseJson(`"${nested(1_000)}"`)).not.toThrow();
});

it.each(['utf8', 'utf16le'] as const)('reads bytes of %s, with and without a byte order mark', (encoding) => {
  for (const mark of ['', '\uFEFF'])
    expect(parseJsonBytes(Buffer.from(`${mark}{"é": 1}`, encoding))).toEqual({ é: 1 });
});

it('reads bytes of halves of surrogate pairs', () => {
  expect(parseJsonBytes(Buffer.from('"\xed\xa0\xbd \xc3\xa9"', 'latin1'))).toBe('\ud83d é');
});

it('reads bytes of UTF-16 whose first byte is the high one', () => {
  expect(parseJsonBytes(Buffer.from('\uFEFF{"a": 1}', 'utf16le').swap16())).toEqual({ a: 1 });
});
