/** How the values of several metrics become one score: `and` is a mean that a zero ends, `or` a maximum that a one ends. */
import { ArpoEnvError } from '../errors.js';
import { PythonError } from './python/errors.js';
import { equals, float } from './python/values.js';

/** One metric with its sources. */
export interface Criterion {
  /** Gets the result; a FileNotFoundError is an answer: the agent left nothing there. */
  fetch(): Promise<unknown>;
  /** Gets the expected value and judges; the metric's value as it is. */
  judge(result: unknown): Promise<unknown>;
}

/**
 * The score of all criteria; a task with a single one is `and`. An exception of any of them is one of the whole, also
 * under `or`.
 */
export async function combine(criteria: readonly Criterion[], conj: 'and' | 'or'): Promise<number> {
  const values: unknown[] = [];
  let result: unknown = MISSING;
  for (const criterion of criteria) {
    const fetched = await fetchOrMissing(criterion);
    if (fetched === MISSING && conj === 'and') return 0;
    // The reference's `or` judges the result of the criterion before when this one has none.
    if (fetched !== MISSING) result = fetched;
    if (result === MISSING)
      throw new PythonError('UnboundLocalError', "the first result under 'or' is a missing file");
    const value = await criterion.judge(result);
    if (conj === 'and' && equals(value, 0)) return 0;
    if (conj === 'or' && equals(value, 1)) return 1;
    values.push(value);
  }
  const scores = values.map(score);
  return conj === 'and' ? scores.reduce((sum, one) => sum + one, 0) / scores.length : Math.max(...scores);
}

const MISSING = Symbol('no file there');

async function fetchOrMissing(criterion: Criterion): Promise<unknown> {
  try {
    return await criterion.fetch();
  } catch (error) {
    const cause = error instanceof ArpoEnvError ? error.cause : error;
    if (cause instanceof PythonError && cause.name === 'FileNotFoundError') return MISSING;
    throw error;
  }
}

/** `float(value)`, as the reference server does: True is 1, None is an error; NaN and infinity, which it lets pass, are too. */
function score(value: unknown): number {
  const number = float(value);
  if (!Number.isFinite(number)) throw new PythonError('ValueError', `${number} is not a score`);
  return number;
}
