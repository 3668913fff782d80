import { METRICS } from '../../../../src/evaluators/native/metrics/index.js';
import type { Dict } from '../../../../src/evaluators/python/values.js';

/** The score that the metric `name` gives; null where the reference returns None. */
export async function judge(
  name: string,
  result: unknown,
  expected?: unknown,
  options: Dict = {},
): Promise<number | null> {
  const metric = METRICS.get(name);
  if (!metric) throw new Error(`no metric ${name}`);
  const value = await metric(result, expected, options);
  return value === null ? null : Number(value);
}
