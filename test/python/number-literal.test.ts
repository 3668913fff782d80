/** The values are what CPython 3.11 prints. */
import { expect, test } from 'vitest';
import { readNumber } from '../../src/python/number-literal.js';

test.each([
  ['0', 0],
  ['0_0', 0],
  ['1_000', 1000],
  ['5.', 5],
  ['.5e1_0', 5e9],
  ['00.5', 0.5],
  ['1E-3', 0.001],
  ['0x_fF', 255],
  ['0O17', 15],
  ['0b1_0', 2],
])('%s is %d', (source, value) => {
  expect(readNumber(source, 0)).toEqual({ value, imaginary: false, end: source.length });
});

test.each([
  ['012j', 12, true, 4],
  ['1.5J ', 1.5, true, 4],
  ['1if x', 1, false, 1],
  ['0x1for x', 31, false, 4],
  ['1else', 1, false, 1],
  ['1..real', 1, false, 2],
])('in %s stands %d', (source, value, imaginary, end) => {
  expect(readNumber(source, 0)).toEqual({ value, imaginary, end });
});

test.each(['', '.', 'x1', '１', '-1', '...'])('%j is none', (source) => {
  expect(readNumber(source, 0)).toBeNull();
});

test.each([
  ['012', /leading zeros/],
  ['0_7', /leading zeros/],
  ['1__0', /invalid decimal literal/],
  ['1_', /invalid decimal literal/],
  ['1e', /invalid decimal literal/],
  ['1abc', /invalid decimal literal/],
  ['1.real', /invalid decimal literal/],
  ['1１', /invalid decimal literal/],
  ['0x', /invalid hexadecimal literal/],
  ['0xg', /invalid hexadecimal literal/],
  ['0o8', /invalid octal literal/],
  ['0b12', /invalid binary literal/],
  ['1jj', /invalid imaginary literal/],
])('%s is refused', (source, problem) => {
  expect(() => readNumber(source, 0)).toThrow(problem);
});
