/**
 * OSWorld's judge and ours, on the same states: metrics and getters with arguments of all sorts, and the tasks that both can
 * do. They give the same score or raise the same error, but for the rows of src/evaluators/deviations.md.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/evaluators/native/metrics/index.js';
import { canInstallEvaluators, INSTALL_LIMIT_MS, installedEvaluators } from '../support/evaluators.js';
import { describeWithTasks, osworldTask } from '../support/osworld-tasks.js';
import { AT_ONCE, BothJudges, type Verdicts } from './fixtures/judges/both.js';
import { casesOf } from './fixtures/judges/cases.js';
import { deviationPatterns, isMatch } from './fixtures/judges/deviations.js';
import { getterCases } from './fixtures/judges/getter-cases.js';
import { SEEDS } from './fixtures/judges/seeds.js';
import { statesOf } from './fixtures/judges/task-states.js';

/** On a machine that has other things to do; alone it is a minute. */
const LIMIT_MS = 600_000;

describe.skipIf(!canInstallEvaluators())("OSWorld's judge and ours", () => {
  let both: BothJudges;
  const patterns = deviationPatterns();
  const deviating = new Set<string>();

  beforeAll(async () => {
    both = await BothJudges.start(await installedEvaluators());
  }, INSTALL_LIMIT_MS);
  afterAll(() => both?.[Symbol.asyncDispose]());

  /** Each case that differs is in a row, and each that is in a row differs. */
  function compare(verdicts: readonly (readonly [name: string, verdicts: Verdicts])[]): void {
    const wrong = verdicts.flatMap(([name, { osworld, native }]) => {
      const rows = patterns.filter((pattern) => isMatch(pattern, name));
      for (const row of rows) deviating.add(row);
      return rows.length > 0 === (osworld !== native) ? [] : [{ name, osworld, native, rows }];
    });
    expect(wrong).toEqual([]);
  }

  it('have been given arguments for each of our metrics', () => {
    expect(Object.keys(SEEDS).sort()).toEqual([...METRICS.keys()].sort());
  });

  it.each(Object.entries(SEEDS))('agree on calls of %s', async (metric, seeds) => {
    const cases = casesOf(metric, seeds);
    const verdicts = await both.measure(metric, cases);
    compare(cases.map(({ name }, index) => [`${metric} ${name}`, verdicts[index] as Verdicts]));
  });

  it('agree on getters', { timeout: LIMIT_MS }, async () => {
    const verdicts = await inTurns(getterCases(), async (one) => {
      const all = await both.get(one);
      return one.states.map(({ name }, index) => [name, all[index] as Verdicts] as const);
    });
    compare(verdicts.flat());
  });

  describeWithTasks('the tasks of OSWorld that need no library', () => {
    const ids = JSON.parse(readFileSync('test/fixtures/library-free-task-ids.json', 'utf8')) as string[];

    it('agree on tasks that are solved, unsolved, partly solved, damaged', {
      timeout: LIMIT_MS,
    }, async () => {
      const states = ids.flatMap((id) => statesOf(osworldTask(id)).map((state) => ({ id, state })));
      const verdicts = await inTurns(
        states,
        async ({ id, state }) => [`${id} ${state.name}`, await both.judge(state)] as const,
      );
      compare(verdicts);
      expect(verdicts.filter(([name, { osworld }]) => / solved$/.test(name) && osworld !== '1')).toEqual([]);
    });
  });

  it('deviate by each row of deviations.md', () => {
    expect(patterns.filter((pattern) => !deviating.has(pattern))).toEqual([]);
  });
});

/** Several at once, results in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const run = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return results;
}
