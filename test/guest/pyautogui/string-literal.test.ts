import { describe, expect, test } from 'vitest';
import { PythonError } from '../../../src/guest/pyautogui/python-error.js';
import { readStringLiteral } from '../../../src/guest/pyautogui/string-literal.js';

function read(literal: string, prefix = ''): string {
  const { value, end } = readStringLiteral(`${literal} rest`, 0, prefix, 1);
  expect(end).toBe(literal.length);
  return value;
}

describe('values that CPython gives', () => {
  test.each([
    [`'plain'`, 'plain'],
    [`"it's"`, "it's"],
    [`''`, ''],
    [`""""""`, ''],
    [`'''a\nb'c''d'''`, "a\nb'c''d"],
    [`"""x"""`, 'x'],
    [String.raw`'\n\t\r\a\b\f\v\\\'\"'`, '\n\t\r\x07\b\f\v\\\'"'],
    [`'one\\\ntwo'`, 'onetwo'],
    [String.raw`'\0\12\101\1018'`, '\0\nAA8'],
    [String.raw`'\x41\xe9'`, 'Aé'],
    [String.raw`'\u20ac'`, '€'],
    [String.raw`'\U0001f600'`, '\u{1f600}'],
    [String.raw`'\d\q\ '`, String.raw`\d\q\ `],
    [`'é\u{1f600}'`, 'é\u{1f600}'],
  ])('%s', (literal, value) => {
    expect(read(literal)).toBe(value);
  });

  test.each([
    [String.raw`'\n\x41'`, String.raw`\n\x41`],
    [String.raw`'it\'s'`, String.raw`it\'s`],
    [String.raw`'\\'`, String.raw`\\`],
  ])('r%s', (literal, value) => {
    expect(read(literal, 'r')).toBe(value);
  });

  test('u is no other string', () => expect(read("'a'", 'u')).toBe('a'));
});

describe('what is no string', () => {
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
    [String.raw`'\N{BULLET}'`, 'NotImplementedError', /character names/],
  ])('%s', (literal, kind, message) => {
    const reading = () => readStringLiteral(literal, 0, '', 1);
    expect(reading).toThrow(PythonError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(expect.objectContaining({ kind }));
  });
});
