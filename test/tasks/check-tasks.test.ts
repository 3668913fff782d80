import { describe, expect, it } from 'vitest';
import { assumedPackages, type PackageSet } from '../../src/evaluators/osworld/installation.js';
import { type CheckContext, checkFoundTask } from '../../src/tasks/check-tasks.js';
import { foundTask } from '../../src/tasks/found-task.js';
import { tasksReport } from '../../src/tasks/report.js';
import { summaryOf } from '../../src/tasks/summary.js';
import { equipmentWith, nothingInstalled } from '../evaluators/osworld/equipment.js';
import { describeWithTasks, osworldTasks } from '../support/osworld-tasks.js';
import { INFEASIBLE_TASK, taskNamed } from '../support/tasks.js';

const context = (more: Partial<CheckContext> = {}): CheckContext => ({
  engine: 'auto',
  equipment: equipmentWith(['openpyxl', 'python-pptx']),
  hasChrome: true,
  ...more,
});
const check = (value: unknown, more: Partial<CheckContext> = {}) =>
  checkFoundTask(foundTask(value, { id: 'file', domain: 'os' }), context(more));
const judgedBy = (func: string, more: object = {}) =>
  taskNamed('judged', { evaluator: { func, result: { type: 'vm_file', path: '/a', dest: 'a' }, ...more } });

describe('a task', () => {
  it('is scored by our own metrics where they do', () => {
    expect(check(INFEASIBLE_TASK)).toEqual({
      ...{ id: 'infeasible', domain: 'os', setup: 'ok', judge: 'native', missing: [], fix: null },
    });
  });

  it('else by OSWorld’s own evaluators where they are complete', () => {
    expect(check(judgedBy('compare_pptx_files'))).toMatchObject({
      setup: 'ok',
      judge: 'osworld',
      missing: [],
    });
    expect(check(judgedBy('compare_table'))).toMatchObject({
      ...{ setup: 'ok', judge: null, fix: 'arpo-env evaluators install --set all' },
      missing: ['formulas', 'lxml', 'pandas', 'rapidfuzz', 'xmltodict'],
    });
  });

  it('else by nobody, and says that the evaluators are not installed, and what their core has not', () => {
    const equipment = equipmentWith([], { installation: nothingInstalled() });
    expect(check(judgedBy('compare_pptx_files'), { equipment })).toMatchObject({
      ...{ judge: null, missing: ["OSWorld's evaluators"], fix: 'arpo-env evaluators install' },
    });
    expect(check(judgedBy('compare_image_text'), { equipment })).toMatchObject({
      ...{ missing: ["OSWorld's evaluators", 'easyocr'], fix: 'arpo-env evaluators install --set all' },
    });
  });

  it('needs what the metric would silently do without: easyocr, and the program file', () => {
    const packages = ['easyocr', 'numpy', 'pillow'];
    const equipment = equipmentWith(packages, { hasProgram: () => false });
    expect(check(judgedBy('compare_image_text'), { equipment })).toMatchObject({
      ...{ judge: null, missing: ['file'], fix: 'apt-get install file' },
    });
    expect(check(judgedBy('compare_image_text'), { equipment: equipmentWith(packages) })).toMatchObject({
      judge: 'osworld',
    });
  });

  it('that brings code needs a sandbox where other tasks do not', () => {
    const taskCodeProblem = {
      code: 'E_CONFIG',
      message: 'no sandbox',
      fix: 'apt-get install bubblewrap',
    } as const;
    const equipment = equipmentWith(['python-pptx'], { confinement: { problem: null, taskCodeProblem } });
    expect(check(judgedBy('check_python_file_by_test_suite'), { equipment })).toMatchObject({
      ...{ judge: null, missing: ['sandbox'], fix: 'apt-get install bubblewrap' },
    });
    expect(check(judgedBy('compare_pptx_files'), { equipment })).toMatchObject({ judge: 'osworld' });
  });

  it('that needs an account cannot be set up', () => {
    const login = { type: 'login', parameters: { settings_file: 's.json', platform: 'googledrive' } };
    expect(check({ ...INFEASIBLE_TASK, config: [login] })).toMatchObject({
      setup: { code: 'E_TASK_CREDENTIALS' },
      judge: 'native',
      missing: ['a Google account'],
    });
  });

  it('that needs a Chrome cannot be set up on desktops without one', () => {
    const tabs = { type: 'chrome_open_tabs', parameters: { urls_to_open: ['https://example.org'] } };
    const chrome = { ...INFEASIBLE_TASK, config: [tabs] };
    expect(check(chrome)).toMatchObject({ setup: 'ok', missing: [] });
    expect(check(chrome, { hasChrome: false })).toMatchObject({
      setup: { code: 'E_TASK_INVALID' },
      missing: ["a Chrome in the provider's desktops"],
    });
  });

  it('is not scored by OSWorld’s under the engine native', () => {
    expect(check(judgedBy('compare_pptx_files'), { engine: 'native' })).toMatchObject({
      ...{ judge: null, missing: ['evaluators.engine auto'] },
    });
  });

  const nested = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
  it.each<[what: string, value: unknown, words: string]>([
    ['without an evaluator', { instruction: 'x', id: 'a' }, 'evaluator'],
    ['without a metric of that name', judgedBy('compare_tabel'), 'OSWorld has no metric "compare_tabel"'],
    ['with a set-up that does not exist', { ...INFEASIBLE_TASK, config: [{ type: 'fly' }] }, 'unknown type'],
    ['that is nested beyond looking at it', judgedBy('exact_match', { options: { nested } }), ''],
  ])('%s is told, and stops nothing', (_what, value, words) => {
    const checked = check(value);
    const message = checked.setup === 'ok' ? '' : checked.setup.message;
    expect(message).toContain(words);
    expect(message.length).toBeLessThan(3000);
    expect(checked.missing).toEqual([]);
  });
});

describeWithTasks('OSWorld’s own tasks', () => {
  const checkAll = async (set: PackageSet) => {
    const equipment = equipmentWith(await assumedPackages(set), { core: await assumedPackages('core') });
    return osworldTasks().map((task) => check(task, { equipment }));
  };

  it('are scored with core but for eleven, each with what it lacks', async () => {
    const tasks = await checkAll('core');
    expect(summaryOf(tasks)).toMatchObject({
      ...{ total: 369, scorable: 358, usable: 357, judges: { native: 170, osworld: 188 } },
      missing: { 'a Google account': 8, fastdtw: 3, librosa: 3, easyocr: 1 },
      domains: { libreoffice_calc: { total: 47, scorable: 47, usable: 47 } },
    });
    const bad = tasks.filter(({ setup, judge }) => setup !== 'ok' || judge === null);
    expect(bad).toHaveLength(12);
    expect(bad.filter(({ missing, fix }) => missing.length === 0 || fix === null)).toEqual([]);
  });

  it('are all scored with everything, but for the accounts', async () => {
    expect(summaryOf(await checkAll('all'))).toMatchObject({
      ...{ scorable: 362, usable: 361, missing: { 'a Google account': 8 } },
    });
  });
});

describe('the report', () => {
  const good = check(INFEASIBLE_TASK);
  const bad = check(judgedBy('compare_table'));

  it('names what is wrong, how it is fixed, and the sums by domain', () => {
    const tasks = [good, bad, { ...good, domain: 'vlc' }];
    expect(tasksReport(tasks, summaryOf(tasks), { all: false, width: undefined }).split('\n')).toEqual([
      'domain  task    set-up  judge   missing',
      '──────  ──────  ──────  ──────  ────────────────────────────────────────────',
      'os      judged  ok      nobody  formulas, lxml, pandas, rapidfuzz, xmltodict',
      '',
      '→ arpo-env evaluators install --set all',
      '',
      'domain  tasks  scored  usable',
      '──────  ─────  ──────  ──────',
      'os          2       1       1',
      'vlc         1       1       1',
      'all         3       2       2',
      '',
      '✗ 2 of 3 tasks can be set up and scored (scored: 2 by our own metrics)',
    ]);
  });

  it('names every task where that is asked for, and none where all is well', () => {
    const tasks = [good];
    const report = (all: boolean) => tasksReport(tasks, summaryOf(tasks), { all, width: undefined });
    expect(report(true)).toContain('os      infeasible  ok      native');
    expect(report(false)).not.toContain('infeasible');
    expect(report(false)).toContain('✓ the task can be set up and scored');
  });

  it('tells many with the same lack at once', () => {
    const tasks = Array.from({ length: 100 }, () => bad);
    const report = tasksReport(tasks, summaryOf(tasks), { all: false, width: undefined });
    expect(report).toContain(
      '  100  formulas, lxml, pandas, rapidfuzz, xmltodict  arpo-env evaluators install',
    );
    expect(report.split('\n').length).toBeLessThan(15);
  });
});
