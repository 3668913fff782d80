import { expect, it } from 'vitest';
import { parseStringList } from '../../../src/evaluators/python/literal.js';

it.each([
  ["['a.desktop', \"it's\"]\n", ['a.desktop', "it's"]],
  ['[]', []],
  ["[ 'a' , ]", ['a']],
  ["['a' 'b']", ['ab']],
  [String.raw`['\x41\d', r'\d', u'\u20ac']`, ['A\\d', '\\d', '€']],
  ["['a', # why\n'''b''']", ['a', 'b']],
  [String.raw`['a\'b\\']`, [String.raw`a'b\ `.trim()]],
])('reads %j', (content, list) => {
  expect(parseStringList(content)).toEqual(list);
});

it.each([
  '@as []',
  '',
  "['a'",
  "['a']]",
  '[1]',
  "['a'], ['b']",
  "[__import__('os')]",
  String.raw`['\x4']`,
  "[b'a']",
  "[f'a']",
  "['a' b'b']",
  "['a' 1]",
  "[['a']]",
  "['a')",
  '[,]',
  "['a',,]",
  "['a",
])('refuses %j', (content) => {
  expect(() => parseStringList(content)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
});
