import { expect, it } from 'vitest';
import { matchesRule } from '../../../../src/evaluators/native/metrics/rule.js';

it.each([
  ['constructor', 'NotImplementedError'],
  ['spreadsheet_range', 'NotImplementedError'],
  ['re.constructor', 'AttributeError'],
  ['range.gt', 'AttributeError'],
  ['lt', 'TypeError'],
])('raises for the method %j on values that it does not fit', (method, name) => {
  expect(() => matchesRule('1', { method, ref: [1, 2] })).toThrow(expect.objectContaining({ name }));
});

it.each([
  ['b', 'gt', 'a', true],
  ['1.5', 'approx:0.5', 2, true],
  [null, 'approx:0.5', 2, false],
  ['a\nB', 're.I.M', '^b', true],
  ['"a,b"', 'str_set_eq', ['b', 'a', 'a'], true],
])('matches %j by %s with %j: %j', (value, method, ref, matches) => {
  expect(matchesRule(value, { method, ref })).toBe(matches);
});
