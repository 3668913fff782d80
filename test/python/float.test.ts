/** The values are what CPython 3.11 prints. */
import { expect, test } from 'vitest';
import { parseFloatText, parseIntText, reprFloat, round3 } from '../../src/python/float.js';

test.each([
  [960, '960.0'],
  [-0, '-0.0'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.5e16, '1.5e+16'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1e-300, '1e-300'],
  [123456.789, '123456.789'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [Number.NaN, 'nan'],
])('repr(%d) is %s', (value, text) => {
  expect(reprFloat(value)).toBe(text);
});

test.each([
  [0.0625, 0.062],
  [0.1875, 0.188],
  [0.3125, 0.312],
  [-0.0625, -0.062],
  [5_032_001_473_977_493 / 16, 314_500_092_123_593.3],
  [1.0005, 1],
  [2.6675, 2.667],
  [-0.0001, -0],
  [1e300, 1e300],
])('round(%d, 3) is %d', (value, rounded) => {
  expect(round3(value)).toBe(rounded);
});

test.each([
  ['1_000', 1000],
  ['+5.', 5],
  ['-.5e1_0', -5e9],
  ['１２', 12],
  ['٣.٥', 3.5],
  ['𝟗𝟎', 90],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['1__0', null],
  ['_1', null],
  ['0x10', null],
  ['.', null],
  ['', null],
  ['1 2', null],
])('float(%j) is %d', (text, value) => {
  expect(parseFloatText(text)).toBe(value);
});

test.each([
  ['-7', -7],
  ['+1_0', 10],
  ['007', 7],
  ['٣５', 35],
  ['1__0', null],
  ['3.0', null],
  ['0x1', null],
  ['', null],
])('int(%j) is %d', (text, value) => {
  expect(parseIntText(text)).toBe(value);
});
