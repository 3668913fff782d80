/** What every metric is. */
import type { Dict } from '../../python/values.js';

/**
 * A metric of OSWorld, as `metric(result, expected, **options)`: `result` and `expected` are what the getters gave.
 * Returns what the reference returns, which is a number, a boolean or null; throws PythonError where the reference raises.
 */
export type Metric = (result: unknown, expected: unknown, options: Dict) => unknown;

/** A metric, or a part of it, that exists in OSWorld and not here. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
