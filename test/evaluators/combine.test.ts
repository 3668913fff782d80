import { describe, expect, it } from 'vitest';
import { type Criterion, combine } from '../../src/evaluators/combine.js';
import { PythonError } from '../../src/evaluators/python/errors.js';

/** A criterion whose metric gives `value` whatever the result is. */
const gives = (value: unknown): Criterion => ({ fetch: async () => null, judge: async () => value });
/** One that judges by giving its result back. */
const shows = (result: unknown): Criterion => ({
  fetch: async () => result,
  judge: async (judged) => judged,
});
const missing = (judge: Criterion['judge'] = async (judged) => judged): Criterion => ({
  fetch: async () => {
    throw new PythonError('FileNotFoundError', 'nothing there');
  },
  judge,
});

describe('a single criterion', () => {
  it.each([
    [true, 1],
    [false, 0],
    [0.25, 0.25],
    [1, 1],
  ])('reads %j as %d', async (value, score) => {
    expect(await combine([gives(value)], 'and')).toBe(score);
  });

  it.each([[null], [undefined], [Number.NaN], [Number.POSITIVE_INFINITY], ['no number'], [[]]])(
    'refuses %j',
    async (value) => {
      await expect(combine([gives(value)], 'and')).rejects.toBeInstanceOf(PythonError);
    },
  );

  it('scores a result whose file is missing with 0', async () => {
    expect(await combine([missing()], 'and')).toBe(0);
  });

  it('lets every other failure through', async () => {
    const broken = { ...gives(1), fetch: () => Promise.reject(new PythonError('TypeError', 'broken')) };
    await expect(combine([broken], 'and')).rejects.toThrow('broken');
  });
});

describe('several criteria', () => {
  it.each([
    ['and', [1, 0.5], 0.75],
    ['and', [1, true, 1], 1],
    ['and', [0.5, false, 1], 0],
    ['and', [null, 0], 0],
    ['or', [0.5, 0.25], 0.5],
    ['or', [0, false], 0],
    ['or', [0.5, 1, 0.25], 1],
    ['or', [null, true], 1],
  ] as const)('%s of %j is %d', async (conj, values, score) => {
    expect(await combine(values.map(gives), conj)).toBe(score);
  });

  it.each([
    ['and', [null, 1]],
    ['or', [0, null]],
    ['or', [null]],
    ['and', [Number.NaN, 1]],
    ['or', [0.5, Number.NaN]],
  ] as const)('refuses %s of %j', async (conj, values) => {
    await expect(combine(values.map(gives), conj)).rejects.toBeInstanceOf(PythonError);
  });

  it('ends `and` with 0 at a missing file', async () => {
    expect(await combine([gives(1), missing()], 'and')).toBe(0);
  });

  it('judges the result before a missing file again under `or`', async () => {
    expect(await combine([shows(0.5), missing(async (judged) => judged === 0.5)], 'or')).toBe(1);
  });

  it('has no result before the first one under `or`', async () => {
    await expect(combine([missing(), gives(1)], 'or')).rejects.toMatchObject({ name: 'UnboundLocalError' });
  });
});
