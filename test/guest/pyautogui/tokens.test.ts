import { describe, expect, it, test } from 'vitest';
import { PythonError } from '../../../src/guest/pyautogui/python-error.js';
import { tokenize } from '../../../src/guest/pyautogui/tokens.js';

describe('what is not a token of text code', () => {
  test.each([
    [`'abc`, 'SyntaxError', /unterminated string literal/],
    [`'a\nb'`, 'SyntaxError', /unterminated string literal/],
    [`'''a\nb''`, 'SyntaxError', /unterminated triple-quoted string literal \(detected at line 2\)/],
    [`'abc\\`, 'SyntaxError', /unterminated/],
    [String.raw`'\x4'`, 'SyntaxError', /truncated \\xXX escape/],
    [String.raw`'\u12'`, 'SyntaxError', /truncated \\uXXXX escape/],
    [String.raw`'\U00110000'`, 'SyntaxError', /illegal Unicode character/],
    [String.raw`'\Users'`, 'SyntaxError', /truncated \\UXXXXXXXX escape/],
    [String.raw`'\New'`, 'SyntaxError', /malformed \\N character escape/],
    [String.raw`'\N{NO SUCH NAME}'`, 'NotImplementedError', /does not know that name/],
    [`b'a'`, 'NotImplementedError', /bytes/],
    [`f'a'`, 'NotImplementedError', /f-string/],
    [`'a' b'b'`, 'SyntaxError', /cannot mix bytes/],
    ['1j', 'NotImplementedError', /imaginary/],
    ['0b12', 'SyntaxError', /invalid binary literal/],
    ['f)', 'SyntaxError', /unmatched '\)'/],
    ['f\\ x', 'SyntaxError', /after line continuation/],
    ['f(;)', 'SyntaxError', /invalid character ';'/],
    [`${'('.repeat(201)}${')'.repeat(201)}`, 'SyntaxError', /too many nested parentheses/],
  ])('%s', (code, kind, message) => {
    const reading = () => tokenize(code);
    expect(reading).toThrow(PythonError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(expect.objectContaining({ kind }));
  });

  test('a bracket that never closes is in the line where it opens', () => {
    expect(() => tokenize('f\n(\n\n')).toThrow(expect.objectContaining({ line: 2 }));
  });
});

it('knows the line of each token, and joins texts', () => {
  const tokens = tokenize("'a' \\\r\n'b'; x # c\r(\n\r1)");
  expect(tokens.map(({ type, line, ...token }) => [line, type, Object.values(token)[0]])).toEqual([
    [1, 'string', 'ab'],
    [2, 'end', undefined],
    [2, 'name', 'x'],
    [2, 'end', undefined],
    [3, 'operator', '('],
    [5, 'number', 1],
    [5, 'operator', ')'],
    [5, 'end', undefined],
  ]);
});

it('reads names that Python has for characters', () => {
  expect(tokenize(String.raw`'\N{bullet}'`)[0]).toMatchObject({ type: 'string', value: '•' });
});
