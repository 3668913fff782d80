import { expect, it } from 'vitest';
import { similarityRatio } from '../../../src/evaluators/python/difflib.js';

const numbers = (count: number, modulo = count, offset = 0) =>
  Array.from({ length: count }, (_, index) => `${((index * 7) % modulo) + offset}`);

it('ignores popular elements of long sequences, as difflib does', () => {
  const unique = Array.from({ length: 150 }, (_, index) => `${index}`);
  const same = Array.from({ length: 100 }, () => 'x');

  // All of them would match without the heuristic; values by Python 3.11.
  expect(similarityRatio([...unique, ...same], [...same, ...unique])).toBe(0.6);
  expect(similarityRatio(numbers(250, 10), numbers(230, 10, 1))).toBe(0);
  expect(similarityRatio(numbers(199, 10), numbers(199, 10))).toBe(1);
});

it('takes the longest block first, and what lies left and right of it', () => {
  expect(similarityRatio([...'abxcd'], [...'abcd'])).toBe(8 / 9);
  expect(similarityRatio([...'qabxcd'], [...'abycdf'])).toBe(8 / 12);
  expect(similarityRatio([], [])).toBe(1);
});
