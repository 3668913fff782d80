/** The values are what CPython 3.11 prints. */
import { expect, test } from 'vitest';
import {
  reprBytes,
  reprText,
  splitBlanks,
  splitLines,
  strip,
  stripEnd,
  stripStart,
  universalNewlines,
} from '../../src/python/text.js';

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

test('strip takes both ends, lstrip and rstrip one', () => {
  const text = '\x1c\u3000 a b \x85';
  expect([strip(text), stripStart(text), stripEnd(text)]).toEqual(['a b', 'a b \x85', '\x1c\u3000 a b']);
  expect(strip('\uFEFFa')).toBe('\uFEFFa');
  expect(splitBlanks(' a\t b\n')).toEqual(['a', 'b']);
});

test('splitlines breaks at more than a file does', () => {
  expect(splitLines('a\r\nb\vc\x1cd\u2028e\n')).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(splitLines('a\n\n')).toEqual(['a', '']);
  expect(splitLines('')).toEqual([]);
  expect(universalNewlines('a\r\nb\rc\n\v')).toBe('a\nb\nc\n\v');
});
