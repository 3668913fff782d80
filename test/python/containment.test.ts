import { describe, expect, test } from 'vitest';
import { isOneLiteral, mayCompile } from '../../src/python/containment.js';

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
    [`x = Rf'`, true],
    [`if t\n'`, false],
    [`it'a'`, false],
    [`f 'a`, false],
    [`write('C:\\\\'Users')`, false],
    [`write('say \\\\'hello\\\\' to')`, false],
    [`('a' \\\n'b')`, true],
    [`'a' hello 'b'`, false],
    [`hello 'b'`, false],
    [`'a' if x else 'b'`, true],
    [`'a' r'b' B"c" u 'd'`, true],
    [`match 'a':`, true],
    [`0xfor'a'`, true],
    [`x = 0x${'f'.repeat(60)}or  'a'`, true],
    [`x = 1${'_0'.repeat(40)}if 'a' else 'b'`, true],
    [`1if'a'else'b'`, true],
    [`x = None 'a'`, false],
  ])('%j may compile: %s', (source, may) => {
    expect(mayCompile(source)).toBe(may);
  });
});
