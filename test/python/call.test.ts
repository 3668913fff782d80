/** The values are what CPython 3.11 prints. */
import { describe, expect, it } from 'vitest';
import { readCall } from '../../src/python/call.js';

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
    'f(012)',
    'f(5in)',
  ])('%s is none', (source) => {
    expect(() => readCall(source, 0, false)).toThrow();
  });

  it.each([
    ["f(x='a' # why\n 'b')", 'ab'],
    ["f(\\\nx='a')", 'a'],
    ["f(\\\r\nx='a')", 'a'],
    ["f(1if 1else 2, 0_0, 1j, x='a')", 'a'],
  ])('%j has x=%j', (source, text) => {
    expect(readCall(source, 0, false).call.args.get('x')).toEqual({ kind: 'text', text });
  });

  it('of a constant has no name', () => {
    expect(readCall('None()', 0, false).call.name).toBeNull();
  });

  it('of a model may hold numbers with leading zeros', () => {
    expect(readCall('wait(time=05)', 0, true).call.args.get('time')).toEqual({ kind: 'other', source: '05' });
  });
});
