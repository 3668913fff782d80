import { expect, it } from 'vitest';
import { hasTooManyValues } from '../../src/lib/json.js';

it.each([
  [[1, [2, 3], { a: 4 }], 6, false],
  [[1, [2, 3], { a: 4 }], 5, true],
  [['[[[,,,{{{', 'a \\" , \\\\', '"', ',,,,,,,,\\'], 4, false],
  [['\\', ',', '\\\\'], 2, true],
])('counts the values of %j, not what strings hold', (value, most, isTooMany) => {
  expect(hasTooManyValues(Buffer.from(JSON.stringify(value)), most)).toBe(isTooMany);
});

it('ends where a string has no end', () => {
  expect(hasTooManyValues(Buffer.from('["a\\",,,,,,,,,,,,'), 2)).toBe(false);
});
