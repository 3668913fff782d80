import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../../../src/evaluators/native/metrics/index.js';
import type { Metric } from '../../../../src/evaluators/native/metrics/metric.js';
import { matchesRule } from '../../../../src/evaluators/native/metrics/rule.js';
import { PythonError } from '../../../../src/evaluators/python/errors.js';
import type { Dict } from '../../../../src/evaluators/python/values.js';

interface Vector {
  func: string;
  args: unknown[];
  options: Dict;
  expect?: unknown;
  raises?: string;
}

/** Vectors that cannot be told apart from others once JSON is parsed: 1.0 and 1 are one number in JavaScript. */
const INDISTINGUISHABLE = [
  JSON.stringify({ func: 'literal_match', args: [[1], [1]], options: { type: 'list' } }),
];

const vectors = JSON.parse(await readFile('test/fixtures/metric-vectors.json', 'utf8')) as Vector[];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arpo-env-vectors-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('metric-vectors.json', () => {
  it('concerns only metrics that are here', () => {
    const missing = new Set(vectors.map(({ func }) => func).filter((func) => metricOf(func) === undefined));
    expect([...missing]).toEqual([]);
  });

  it.each(vectors.map((vector, index) => [`${index} ${vector.func}`, vector] as const))(
    '%s',
    async (_, vector) => {
      const judge = async () => {
        const [result, expected] = await Promise.all(
          vector.args.map((arg, index) => materialize(arg, `${index}`)),
        );
        return metricOf(vector.func)?.(result, expected, vector.options);
      };
      if (vector.raises) {
        const error: unknown = await judge().then(
          () => 'no error',
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(PythonError);
        expect((error as PythonError).name).toBe(vector.raises);
      } else if (
        INDISTINGUISHABLE.includes(
          JSON.stringify({ func: vector.func, args: vector.args, options: vector.options }),
        )
      ) {
        expect(Number(await judge())).toBe(1);
      } else {
        const value = await judge();
        expect(value === null ? null : Number(value)).toBe(
          vector.expect === null ? null : Number(vector.expect),
        );
      }
    },
  );
});

function metricOf(name: string): Metric | undefined {
  return name === '_match_value_to_rule' ? matchesRule : METRICS.get(name);
}

/** File arguments are written as `{__file__: content}`, or `{__missing_file__: 1}`, also inside of lists. */
async function materialize(arg: unknown, name: string): Promise<unknown> {
  if (Array.isArray(arg))
    return Promise.all(arg.map((member, index) => materialize(member, `${name}-${index}`)));
  if (typeof arg !== 'object' || arg === null) return arg;
  if ('__missing_file__' in arg) return join(folder, 'missing');
  if (!('__file__' in arg) || typeof arg.__file__ !== 'string') return arg;
  const path = join(await mkdtemp(join(folder, 'v-')), name);
  await writeFile(path, arg.__file__);
  return path;
}
