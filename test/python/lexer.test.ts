/** The values are what CPython 3.11 prints. */
import { describe, expect, it, test } from 'vitest';
import { Lexer } from '../../src/python/lexer.js';

test.each([
  ['click', { text: 'click', kind: 'identifier' }],
  ['ｃｌｉｃｋ', { text: 'click', kind: 'identifier' }],
  ['名1', { text: '名1', kind: 'identifier' }],
  ['lambda', { text: 'lambda', kind: 'keyword' }],
  ['ｉｆ', { text: 'if', kind: 'identifier' }],
  ['None', { text: 'None', kind: 'constant' }],
  ['1a', null],
  ['', null],
])('the word %s', (source, word) => {
  expect(new Lexer(source).word()).toEqual(word);
});

test.each(['**=', '//', '...', '->', ':=', '!=', '@', '.'])('the operator %s', (operator) => {
  expect(new Lexer(`${operator}x`).operator()).toBe(operator);
});

describe('blanks', () => {
  test.each([
    [' \t\f x', 4],
    ['# c\nx', 3],
    ['\\\n\\\r\n\\\rx', 7],
    ['\nx', 0],
    ['\xa0x', 0],
    ['\\ x', 0],
  ])('%j, outside of brackets', (source, end) => {
    const lexer = new Lexer(source);
    lexer.skipBlanks();
    expect(lexer.at).toBe(end);
  });

  it('are line ends too in brackets', () => {
    const lexer = new Lexer('(\n# c\r\n x');
    lexer.open();
    expect(lexer.char).toBe('x');
  });

  it('are all of Unicode for a model', () => {
    const lexer = new Lexer('\xa0\u3000\u200bx', 0, true);
    lexer.skipBlanks();
    expect(lexer.char).toBe('x');
  });
});

test.each([
  ['(]', "closing parenthesis ']' does not match opening parenthesis '('"],
  [')', "unmatched ')'"],
  ['(', "'(' was never closed"],
  ['[$]', "invalid character '$' (U+0024)"],
  ['“', "invalid character '“' (U+201C)"],
  ['\\ ', 'unexpected character after line continuation character'],
  ['('.repeat(201), 'too many nested parentheses'],
])('%s is refused', (source, problem) => {
  const read = () => {
    const lexer = new Lexer(source);
    while (lexer.char !== '') lexer.operator();
    lexer.end();
  };
  expect(read).toThrow(problem);
});
