import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gettersOf, readCriteria } from '../../../src/evaluators/criteria.js';
import { GETTERS } from '../../../src/evaluators/native/getters/index.js';
import { needsOfGetter, needsOfMetric, readsTree } from '../../../src/evaluators/osworld/requirements.js';
import { conformanceFile, describeWithTasks, osworldTasks } from '../../support/osworld-tasks.js';

const spec = (metric: string, options = {}) => ({
  metric,
  result: { type: 'rule' },
  expected: null,
  options,
});

describe('what a function needs', () => {
  it('is easyocr and a program for the metric that answers 0.0 without them', () => {
    expect(needsOfMetric(spec('compare_image_text'))).toMatchObject({
      packages: expect.arrayContaining(['easyocr']),
      programs: ['file'],
    });
  });

  it.each([
    ['pdf', 'compare_pdfs'],
    ['table', 'compare_table'],
    ['audio', 'compare_audios'],
  ])('of what compares archives of type %s is what %s needs', (type, inner) => {
    const needs = needsOfMetric(spec('compare_archive', { file_type: type }));
    expect(needs.packages).not.toEqual([]);
    expect(needs).toEqual(needsOfMetric(spec(inner)));
  });

  it.each([{}, { file_type: 'text' }, { file_type: 'constructor' }, { file_type: ['pdf'] }])(
    'of what compares archives with %j is the standard library alone',
    (options) => {
      expect(needsOfMetric(spec('compare_archive', options)).packages).toEqual([]);
    },
  );

  it('is an account for Google Drive, and care where a task brings code', () => {
    expect(needsOfGetter({ type: 'googledrive_file' }).account).toBe('a Google account');
    expect(needsOfMetric(spec('check_python_file_by_test_suite')).runsCode).toBe(true);
  });

  it('is the accessibility tree wherever ours reads it too', () => {
    const native = [...GETTERS].filter(([, getter]) => getter.readsTree).map(([type]) => type);
    expect(native.filter((type) => !readsTree({ type }))).toEqual([]);
    expect(readsTree({ type: 'active_tab_html_parse' })).toBe(true);
    expect(readsTree({ type: 'vm_file' })).toBe(false);
  });
});

interface Requirements {
  pip_metrics: string[];
  pip_getters: string[];
}

/** Beyond the names in a function's own code: what a library of theirs loads by itself, and one use under another name. */
const BEYOND: Readonly<Record<string, string[]>> = {
  compare_htmls: ['lxml'],
  content_from_vm_file: ['openpyxl'],
  check_thunderbird_prefs: ['openpyxl'],
};

describeWithTasks('the packages of OSWorld’s own tasks', () => {
  const known = () =>
    JSON.parse(readFileSync(conformanceFile('osworld-task-requirements.json'), 'utf8')) as Record<
      string,
      Requirements
    >;

  it('are those that were found in its code', () => {
    const requirements = known();
    const tasks = osworldTasks();
    expect(tasks).toHaveLength(369);
    for (const { id, evaluator } of tasks) {
      const criteria = evaluator.func === 'infeasible' ? [] : readCriteria(evaluator);
      const specs = Array.isArray(criteria) ? criteria : [];
      const functions = [
        ...specs.map(({ metric }) => metric),
        ...gettersOf(evaluator).map(({ type }) => type),
      ];
      const ours = new Set([
        ...specs.flatMap((one) => needsOfMetric(one).packages),
        ...gettersOf(evaluator).flatMap((config) => needsOfGetter(config).packages),
      ]);
      const { pip_metrics, pip_getters } = requirements[id] ?? { pip_metrics: [], pip_getters: [] };
      const theirs = new Set([...pip_metrics, ...pip_getters].map((name) => name.toLowerCase()));
      for (const name of functions.flatMap((name) => BEYOND[name] ?? [])) theirs.add(name);
      expect([id, ...[...ours].sort()]).toEqual([id, ...[...theirs].sort()]);
    }
  });
});
