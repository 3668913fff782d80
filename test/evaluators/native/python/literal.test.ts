import { expect, it } from 'vitest';
import { parseStringList } from '../../../../src/evaluators/native/python/literal.js';

it.each([
  ["['a.desktop', \"it's\"]\n", ['a.desktop', "it's"]],
  ['[]', []],
  ["[ 'a' , ]", ['a']],
  [String.raw`['a\'b\\']`, [String.raw`a'b\ `.trim()]],
])('reads %j', (content, list) => {
  expect(parseStringList(content)).toEqual(list);
});

it.each([
  '@as []',
  '',
  "['a' 'b']",
  "['a'",
  "['a']]",
  '[1]',
  "['a'], ['b']",
  "[__import__('os')]",
  String.raw`['\x41']`,
])('refuses %j', (content) => {
  expect(() => parseStringList(content)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
});
