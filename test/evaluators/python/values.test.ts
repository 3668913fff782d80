import { describe, expect, it } from 'vitest';
import { PythonError } from '../../../src/evaluators/python/errors.js';
import {
  compare,
  contains,
  equals,
  float,
  get,
  int,
  item,
  iterate,
  str,
} from '../../../src/evaluators/python/values.js';

describe('equals', () => {
  it.each([
    [true, 1, true],
    [false, 0, true],
    ['1', 1, false],
    [null, undefined, true],
    [null, 0, false],
    [[1, [true]], [true, [1]], true],
    [[1], [1, 1], false],
    [{ a: { b: 1 } }, { a: { b: true } }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: undefined }, { b: undefined }, false],
    [[], {}, false],
  ])('%j == %j is %j', (first, second, same) => {
    expect(equals(first, second)).toBe(same);
  });
});

describe('contains', () => {
  it.each([
    ['abc', 'b', true],
    [['a'], 'a', true],
    [[1], true, true],
    [{ a: 1 }, 'a', true],
    [{}, 'toString', false],
  ])('in %j there is %j: %j', (container, member, found) => {
    expect(contains(container, member)).toBe(found);
  });

  it.each([
    [null, 'a'],
    [3, 'a'],
    ['abc', null],
  ])('raises for %j and %j', (container, member) => {
    expect(() => contains(container, member)).toThrow(PythonError);
  });
});

describe('item', () => {
  it('indexes lists, texts and objects', () => {
    expect([item([1, 2], -1), item('añ😀', 2), item({ a: 3 }, 'a')]).toEqual([2, '😀', 3]);
  });

  it.each([
    [[1], 1, 'IndexError'],
    [[1], -2, 'IndexError'],
    [[1], 'a', 'TypeError'],
    [{}, 'constructor', 'KeyError'],
    [{ 0: 'a' }, 0, 'KeyError'],
    [null, 'a', 'TypeError'],
    [true, 0, 'TypeError'],
  ])('raises for %j[%j]: %s', (container, key, name) => {
    expect(() => item(container, key)).toThrow(expect.objectContaining({ name }));
  });
});

it('knows only objects as dicts', () => {
  expect(get({ a: null }, 'a', 1)).toBe(null);
  expect(get({}, 'a', 1)).toBe(1);
  expect(() => get([], 'a')).toThrow(expect.objectContaining({ name: 'AttributeError' }));
});

it('iterates over characters, members and keys', () => {
  expect([iterate('a😀'), iterate([1]), iterate({ k: 1 })]).toEqual([['a', '😀'], [1], ['k']]);
  expect(() => iterate(null)).toThrow(PythonError);
});

describe('str', () => {
  it.each([
    [null, 'None'],
    [true, 'True'],
    [3, '3'],
    [0.5, '0.5'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [-0, '0'],
    [1e20, '100000000000000000000'],
    [Number.NaN, 'nan'],
    ['x', 'x'],
    [[1, 'a', null], "[1, 'a', None]"],
    [{ k: "it's" }, `{'k': "it's"}`],
    [['tab\t', '\x01', `'"`], String.raw`['tab\t', '\x01', '\'"']`],
    [['\x85\xa0\u200b'], String.raw`['\x85\xa0\u200b']`],
  ])('of %j is %j', (value, printed) => {
    expect(str(value)).toBe(printed);
  });
});

describe('float and int', () => {
  it.each([
    ['1_0', 10],
    [' 1.5 ', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['\x1c٣.٥\u3000', 3.5],
    [true, 1],
  ])('float(%j) is %d', (value, number) => {
    expect(float(value)).toBe(number);
  });

  it.each([
    ['', 'ValueError'],
    ['1__0', 'ValueError'],
    ['0x1', 'ValueError'],
    ['1e', 'ValueError'],
    ['\uFEFF1', 'ValueError'],
    ['1\x1c', 'ValueError'],
    [null, 'TypeError'],
    [[], 'TypeError'],
  ])('float(%j) raises %s', (value, name) => {
    expect(() => float(value)).toThrow(expect.objectContaining({ name }));
  });

  it('takes whole numbers only', () => {
    expect([int(' -7 '), int('\x1c٣'), int(3.9), int(true)]).toEqual([-7, 3, 3, 1]);
    expect(() => int('3.0')).toThrow(expect.objectContaining({ name: 'ValueError' }));
  });
});

it('orders texts by code point, and nothing of two kinds', () => {
  expect(compare('\uFFFD', '😀')).toBeLessThan(0);
  expect(compare(false, 1)).toBeLessThan(0);
  expect(() => compare(1, '1')).toThrow(PythonError);
});
