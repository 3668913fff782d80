/** The values are what CPython 3.11 prints. */
import { describe, expect, test } from 'vitest';
import { Lexer } from '../../src/python/lexer.js';
import { SourceError } from '../../src/python/source-error.js';
import { readString } from '../../src/python/string-literal.js';

function read(literal: string, prefix = ''): string | undefined {
  const read = readString(`${prefix}${literal} rest`, 0, false);
  expect(read).toMatchObject({ kind: 'text', end: prefix.length + literal.length });
  return read?.text;
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

  test('u is not another string', () => expect(read("'a'", 'u')).toBe('a'));

  test('line ends in a literal are those of Python source', () => {
    expect(read("'''a\rb\r\nc'''")).toBe('a\nb\nc');
    expect(read("'''a\rb'''", 'r')).toBe('a\nb');
    expect(read("'a\\\r\nb'")).toBe('ab');
  });
});

describe('literals next to each other, of every kind', () => {
  test.each([
    [String.raw`'a\'\"\\\n\x41\101\u4f60\U0001F642\N{bullet}\d'`, 'a\'"\\\nAA你🙂•\\d'],
    [String.raw`r'\n' "b" 'c'`, String.raw`\nbc`],
    [`'''it's'''`, "it's"],
    [`u'x'`, 'x'],
  ])('%s', (source, text) => {
    expect(new Lexer(source).strings()).toEqual({ kind: 'text', text, end: source.length });
  });

  test.each([
    [String.raw`'\x4'`, String.raw`truncated \xXX escape`],
    [String.raw`'\u12'`, String.raw`truncated \uXXXX escape`],
    [String.raw`'\Users'`, String.raw`truncated \UXXXXXXXX escape`],
    [String.raw`'\New'`, String.raw`malformed \N character escape`],
    [String.raw`'\N{}'`, String.raw`malformed \N character escape`],
    [String.raw`b'\x4'`, String.raw`(value error) invalid \x escape`],
    [
      String.raw`'\N{NO SUCH NAME}'`,
      String.raw`\N{NO SUCH NAME} in a string: arpo-env does not know that name`,
    ],
    [String.raw`'\U00110000'`, 'illegal Unicode character'],
    [`b'é'`, 'bytes can only contain ASCII literal characters'],
    [`b'a' 'b'`, 'cannot mix bytes and nonbytes literals'],
    [`'abc`, 'unterminated string literal (detected at line 1)'],
    [`'a\nb'`, 'unterminated string literal (detected at line 1)'],
    [`'a\\\nb\nc'`, 'unterminated string literal (detected at line 2)'],
    [`'''a\nb''`, 'unterminated triple-quoted string literal (detected at line 2)'],
    [`'abc\\`, 'unterminated string literal (detected at line 1)'],
  ])('%s is refused', (source, problem) => {
    const reading = () => new Lexer(source).strings();
    expect(reading).toThrow(SourceError);
    expect(reading).toThrow(problem);
  });
});
