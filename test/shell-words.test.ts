import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellLine, shellQuote } from '../src/shell-words.js';

it.each([
  ['plain', 'plain'],
  ['--option=value', '--option=value'],
  ['', "''"],
  ['two words', "'two words'"],
  ["it's", "'it'\\''s'"],
  ['~', "'~'"],
  ['$(id)', "'$(id)'"],
])('%j is written %s', (word, quoted) => {
  expect(shellQuote(word)).toBe(quoted);
});

it('never lets the program be taken for an assignment', () => {
  expect(shellLine(['A=b', 'C=d'])).toBe("'A=b' C=d");
});

it('a real shell reads back every list of words', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => !/[\0\p{Surrogate}]/u.test(text));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (words) => {
      const line = shellLine(['printf', '%s\\0', ...words]);
      const read = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
      expect(words.length === 0 ? '' : words.map((text) => `${text}\0`).join('')).toBe(
        words.length === 0 ? '' : read,
      );
    }),
    { numRuns: 50 },
  );
});
