import { describe, expect, it } from 'vitest';
import { lastLine } from '../../src/lib/last-line.js';

describe('lastLine', () => {
  it.each([
    ['', ''],
    [' \n\n', ''],
    ['one', 'one'],
    ['Traceback:\n  line 1\nValueError: no  \n\n', 'ValueError: no'],
    ['a\n   b', 'b'],
    [`a\n${'b'.repeat(1000)}`, 'b'.repeat(300)],
  ])('of %j is %j', (text, line) => expect(lastLine(text)).toBe(line));

  it('is found in megabytes of line ends and blanks', () => {
    expect(lastLine(`a${'\n'.repeat(5_000_000)}b${' '.repeat(5_000_000)}`)).toBe('b');
    expect(lastLine(`${' x'.repeat(5_000_000)}`)).toHaveLength(300);
  });
});
