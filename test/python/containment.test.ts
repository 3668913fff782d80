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
  ])('%j may compile: %s', (source, may) => {
    expect(mayCompile(source)).toBe(may);
  });
});
