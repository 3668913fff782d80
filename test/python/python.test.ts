/** Python's rules; the values are what CPython 3.11 prints. */
import { describe, expect, it, test } from 'vitest';
import { modelScreen } from '../../src/actions/screen.js';
import { thoughtOf } from '../../src/actions/thought.js';
import { readCall } from '../../src/python/call.js';
import { isOneLiteral, mayCompile } from '../../src/python/containment.js';
import { parseFloatText, reprFloat, round3 } from '../../src/python/float.js';
import { readStrings } from '../../src/python/string-literal.js';
import { reprBytes, reprText, splitBlanks, strip } from '../../src/python/text.js';

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
  ["it's", `"it's"`],
  [`it's "x"`, `'it\\'s "x"'`],
  ['\n\t\x07\\', String.raw`'\n\t\x07\\'`],
  ['\xa0\xad\u200b\u3000', String.raw`'\xa0\xad\u200b\u3000'`],
  ['é中🙂 ', "'é中🙂 '"],
  ['\u{e0001}\ud800', String.raw`'\U000e0001\ud800'`],
])('repr(%j) is %s', (text, literal) => {
  expect(reprText(text)).toBe(literal);
});

test('repr of bytes', () => {
  expect(reprBytes('a\xff\n')).toBe(String.raw`b'a\xff\n'`);
  expect(reprBytes("'")).toBe(`b"'"`);
});

test('white space is that of Python', () => {
  expect(strip('\x1c\x85\u3000x\ufeff\u2028 ')).toBe('x\ufeff');
  expect(splitBlanks(' a\x1fb\u200bc\xa0')).toEqual(['a', 'b\u200bc']);
});

describe('string literals', () => {
  test.each([
    [String.raw`'a\'\"\\\n\x41\101\u4f60\U0001F642\N{bullet}\d'`, 'a\'"\\\nAA你🙂•\\d'],
    [String.raw`r'\n' "b" 'c'`, String.raw`\nbc`],
    [`'''it's'''`, "it's"],
    [`u'x'`, 'x'],
  ])('%s', (source, text) => {
    expect(readStrings(source, 0, false)).toEqual({ kind: 'text', text, end: source.length });
  });

  test.each([
    [String.raw`'\x4'`, String.raw`an incomplete escape \x in a string`],
    [
      String.raw`'\N{NO SUCH NAME}'`,
      String.raw`\N{NO SUCH NAME} in a string: arpo-env does not know that name`,
    ],
    [String.raw`'\U00110000'`, String.raw`\U00110000 in a string is no character`],
    [`b'é'`, 'a bytes literal with a non-ASCII character'],
    [`b'a' 'b'`, 'a bytes literal beside a text literal'],
    [`'a\nb'`, `a string that opens with ' never closes`],
  ])('%s is refused', (source, problem) => {
    expect(() => readStrings(source, 0, false)).toThrow(problem);
  });
});

describe('a call', () => {
  it('is read with its keywords, whatever else stands in it', () => {
    const source = "a.b (x='1', *[2, (3)], y={'k': [4]}, **z) tail";
    const { call, end } = readCall(source, 0, false);
    expect(source.slice(end)).toBe(' tail');
    expect(call.name).toBe('b');
    expect([...call.args]).toEqual([
      ['x', { kind: 'text', text: '1' }],
      ['y', { kind: 'other', source: "{'k': [4]}" }],
      ['**', { kind: 'other', source: 'z' }],
    ]);
  });

  it.each([
    'f',
    'f(',
    'f(]',
    'f(,)',
    'f(a=)',
    "f(a='1', 2)",
    'f($)',
    'f(5+)',
    "f(a 'x')",
    "f(5='x')",
    '-f()',
    'lambda: f()',
    '(f(), g())',
    'import',
  ])('%s is none', (source) => {
    expect(() => readCall(source, 0, false)).toThrow();
  });
});

describe('containment', () => {
  test.each([
    [`'a'`, true],
    [String.raw`'a\''`, true],
    [String.raw`'a\\''`, false],
    [`'a'b'`, false],
    [`'a\nb'`, false],
    [`'''a''b\n'''`, true],
    [`'''a'''b'''`, false],
    [`"a'b"`, true],
  ])('%s is one literal: %s', (literal, one) => {
    expect(isOneLiteral(literal)).toBe(one);
  });

  test.each([
    [`'a' # it's`, true],
    [`'a\nb'`, false],
    [`x = """a\r\nb"""`, true],
    [`'a\rb'`, false],
    [`# '\r'a`, false],
    [`'''`, false],
    [`f'`, true],
  ])('%j may compile: %s', (source, may) => {
    expect(mayCompile(source)).toBe(may);
  });
});

test.each([
  [1920, 1080, 1932, 1092],
  [1280, 720, 1288, 728],
  [1366, 768, 1372, 756],
  [2560, 1440, 1932, 1064],
  [1918, 1078, 1904, 1064],
  [20, 20, 56, 56],
])('a screen of %d×%d is seen as %d×%d', (width, height, seenWidth, seenHeight) => {
  expect(modelScreen({ width, height })).toEqual({ width: seenWidth, height: seenHeight });
});

test.each([
  ['Thought:  a \n Action: x', 'a'],
  ['Thought: Action: x', 'Action: x'],
  ['Thought: a Action: b Action: c', 'a'],
  ['Thought:a Thought: b', 'b'],
  ['Reflection: r Action_Summary: s Action: x', 's'],
  ['Reflection: Action_Summary: s', null],
  ['Action: x', null],
])('the Thought of %j is %j', (prediction, thought) => {
  expect(thoughtOf(prediction)).toBe(thought);
});
