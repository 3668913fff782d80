import { describe, expect, it } from 'vitest';
import { PatternError, PythonError } from '../../../src/evaluators/python/errors.js';
import { PythonRegex } from '../../../src/evaluators/python/regex.js';

/** Pattern, text, flags, and what `re.search` of Python 3.11 says. */
const SEARCHES: [string, string, string, boolean][] = [
  ['a$', 'a\n', '', true],
  ['a$', 'a\nb', '', false],
  ['a$', 'a\nb', 'm', true],
  ['a$', 'a\r', 'm', false],
  ['^b', 'a\nb', '', false],
  ['^b', 'a\nb', 'm', true],
  ['^b', 'a\rb', 'm', false],
  [String.raw`\Ab`, 'a\nb', 'm', false],
  [String.raw`a\Z`, 'a\n', '', false],
  ['a.b', 'a\rb', '', true],
  ['a.b', 'a\u2028b', '', true],
  ['a.b', 'a\nb', '', false],
  ['a.b', 'a\nb', 's', true],
  ['^.$', '😀', '', true],
  [String.raw`^\d+$`, '१२', '', true],
  [String.raw`^\w+$`, 'é漢_1', '', true],
  [String.raw`\bé\b`, 'a é b', '', true],
  [String.raw`\bcompany`, 'écompany', '', false],
  [String.raw`\B`, '', '', false],
  [String.raw`\s`, '\x1c', '', true],
  [String.raw`\s`, '\uFEFF', '', false],
  [String.raw`^[\W]$`, 'é', '', false],
  [String.raw`^[^\W\d]$`, '1', '', false],
  ['[]x]', ']', '', true],
  ['[^]x]', 'y', '', true],
  ['[a-]', '-', '', true],
  [String.raw`[\b]`, '\b', '', true],
  ['[a&&b]', '&', '', true],
  ['^{x}]$', '{x}]', '', true],
  ['^a{,2}$', 'aa', '', true],
  ['^a{,2}$', 'aaa', '', false],
  [`(?P<q>['"])x(?P=q)`, `"x"`, '', true],
  [`(?P<q>['"])x(?P=q)`, `"x'`, '', false],
  [String.raw`(a)\1`, 'aa', '', true],
  ['(?i)HELLO', 'hello', '', true],
  ['(?im)^b', 'a\nB', '', true],
  ['a(?#comment)b', 'ab', '', true],
  ['(?<=a)b(?!c)', 'abd', '', true],
  [String.raw`\x41\u00e9\101\0`, 'AéA\0', '', true],
  [String.raw`\U0001F600`, '😀', '', true],
  [String.raw`COMPANY/?(?!\.msf)`, 'COMPANY.msf', '', false],
];

describe('PythonRegex', () => {
  it.each(SEARCHES)('searches %j in %j with flags %j: %j', (pattern, content, flags, found) => {
    expect(new PythonRegex(pattern, flags).search(content)).toBe(found);
  });

  it.each([
    ['(?x) a b'],
    ['a++'],
    ['(?>a)'],
    ['(a)?(?(1)b|c)'],
    ['(?i:a)b'],
    [String.raw`\N{DASH}`],
    [String.raw`\q`],
    ['a\\'],
    ['[a'],
    ['(a'],
    ['*a'],
    ['^{1}$'],
    [String.raw`[\d-z]`],
    ['[z-a]'],
  ])('refuses %j, which is never a score', (pattern) => {
    expect(() => new PythonRegex(pattern)).toThrow(PatternError);
  });

  it('raises for what is not text, as Python does', () => {
    expect(() => new PythonRegex(null)).toThrow(PythonError);
    expect(() => new PythonRegex('a').search(3)).toThrow(PythonError);
  });

  it('gives a pattern up that would never end', () => {
    const endless = new PythonRegex('^(a+)+$');
    expect(() => endless.search(`${'a'.repeat(200)}b`)).toThrow(
      'the pattern /^(a+)+$/ did not finish within 1 s',
    );
  });
});
