import { expect, it } from 'vitest';
import { nativeJudge } from '../../../src/evaluators/native/judge.js';
import { PUBLISHED_TASKS, scoredTasks } from '../../../src/evaluators/osworld/coverage.js';
import { assumedPackages } from '../../../src/evaluators/osworld/installation.js';
import { osworldProblems } from '../../../src/evaluators/osworld/missing.js';
import { describeWithTasks, osworldTasks } from '../../support/osworld-tasks.js';
import { equipmentWith } from './equipment.js';

it('is 358 of 369 with what is installed by default, and all but the Google accounts with everything', async () => {
  const [core, all] = await Promise.all([assumedPackages('core'), assumedPackages('all')]);
  expect(PUBLISHED_TASKS).toBe(369);
  expect([scoredTasks('auto', core), scoredTasks('auto', all)]).toEqual([358, 362]);
  expect([scoredTasks('auto', null), scoredTasks('native', all)]).toEqual([170, 170]);
  expect([scoredTasks('osworld', core), scoredTasks('osworld', null)]).toEqual([358, 0]);
});

describeWithTasks('the figures are those of OSWorld’s own tasks', () => {
  it.each([
    [],
    ['lxml'],
    ['openpyxl', 'pyyaml'],
    ['python-docx', 'rapidfuzz'],
    ['numpy', 'pillow', 'scikit-image'],
    ['requests', 'playwright', 'lxml', 'cssselect'],
  ])('with %s %s %s %s', (...names) => {
    const equipment = equipmentWith(names);
    const scored = (engine: 'auto' | 'osworld') =>
      osworldTasks().filter(
        ({ evaluator }) =>
          osworldProblems(evaluator, equipment).length === 0 ||
          (engine === 'auto' && nativeJudge.check(evaluator).length === 0),
      ).length;
    const packages = new Set(names);
    expect([scoredTasks('auto', packages), scoredTasks('osworld', packages)]).toEqual([
      scored('auto'),
      scored('osworld'),
    ]);
  });
});
