import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { type Task, taskSchema } from '../../src/desktop/task.js';
import { ArpoEnvError, type Problem } from '../../src/errors.js';
import { createJudge, type JudgesEvent } from '../../src/evaluators/engine.js';
import { PythonError } from '../../src/evaluators/python/errors.js';
import { layEvaluators } from '../support/installed-evaluators.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { FixtureDesktop } from './native/fixture-desktop.js';
import { FakeWorkers } from './osworld/fake-workers.js';
import { inlineThreads } from './osworld/inline-threads.js';

let desktop: FixtureDesktop;
let folder: TemporaryFolder;
beforeEach(async () => {
  desktop = await FixtureDesktop.start();
  folder = new TemporaryFolder();
});
afterEach(async () => {
  await desktop[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const TABLE = ['openpyxl', 'pandas', 'formulas', 'lxml', 'rapidfuzz', 'xmltodict'];

const task = (func: string, more: object = {}): Task =>
  taskSchema.parse({
    id: 'the-task',
    instruction: 'do it',
    evaluator: {
      func,
      result: { type: 'vm_file', path: '/a.xlsx', dest: 'a.xlsx' },
      expected: { type: 'rule', rules: { expected: 'x' } },
      ...more,
    },
  });

async function judgeWith(engine: 'auto' | 'native' | 'osworld', packages?: readonly string[]) {
  if (packages) layEvaluators(folder.path, packages);
  const { evaluators } = configSchema.parse({ evaluators: { engine, dir: folder.path, confine: false } });
  const started: FakeWorkers[] = [];
  const events: JudgesEvent[] = [];
  const judge = await createJudge({
    settings: evaluators,
    platform: 'Linux',
    threads: inlineThreads,
    startWorkers: () => {
      const workers = new FakeWorkers();
      started.push(workers);
      return workers;
    },
    onEvent: (event) => events.push(event),
  });
  return { judge, started, events, [Symbol.asyncDispose]: async () => judge[Symbol.asyncDispose]() };
}

describe('auto', () => {
  it('takes our own metrics where they do', async () => {
    await using it = await judgeWith('auto', TABLE);
    const answer = task('exact_match', { result: { type: 'rule', rules: 'x' } });
    expect(await it.judge.judge(answer, desktop.context())).toBe(1);
    expect(it.started).toEqual([]);
  });

  it('takes OSWorld’s where ours cannot, with native getters all the same', async () => {
    await using it = await judgeWith('auto', TABLE);
    desktop.files.set('/a.xlsx', 'a table');
    const context = desktop.context();
    expect(it.judge.check(task('compare_table').evaluator)).toEqual([]);
    expect(await it.judge.judge(task('compare_table'), context)).toBe(1);
    const [workers] = it.started;
    expect(workers?.asked).toEqual(['compare_table']);
    expect(workers?.subjects).toMatchObject([
      { id: 'the-task', platform: 'Linux', cacheDir: context.cacheDir, clientPassword: 'password' },
    ]);
    expect(workers?.inUse).toBe(0);
    expect(desktop.requests).toContain('POST /file');
  });

  it.each([
    ['gives nothing', async () => null],
    ['raises', async () => Promise.reject(new PythonError('TypeError', 'NoneType'))],
  ])('a getter of OSWorld’s that %s because the desktop is gone is no score', async (_, get) => {
    await using it = await judgeWith('auto', [...TABLE, 'cssselect', 'playwright', 'requests']);
    const parsed = task('exact_match', { result: { type: 'active_tab_html_parse', category: 'x' } });
    expect(it.judge.check(parsed.evaluator)).toEqual([]);
    const workers = () => it.started[0] ?? expect.unreachable();
    const context = desktop.context();
    expect(await it.judge.judge(parsed, context)).toBe(1);
    workers().get = async () => {
      await desktop[Symbol.asyncDispose]();
      return get();
    };
    await expect(it.judge.judge(parsed, context)).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
  });

  it('names function, packages and fix where neither does', async () => {
    await using it = await judgeWith('auto', ['openpyxl', 'pandas', 'formulas', 'lxml', 'rapidfuzz']);
    const unavailable = {
      code: 'E_EVALUATOR_UNAVAILABLE',
      message:
        'the metric compare_table of OSWorld needs the Python package xmltodict, which is not installed',
      fix: 'arpo-env evaluators install',
    };
    expect(it.judge.check(task('compare_table').evaluator)).toEqual([unavailable]);
    await expect(it.judge.judge(task('compare_table'), desktop.context())).rejects.toMatchObject(unavailable);
    expect(desktop.requests).toEqual([]);
  });

  it('says what is wrong with the task before what is missing', async () => {
    await using it = await judgeWith('auto');
    const { evaluator } = task('compare_table', { result: { type: 'vm_file', path: 3, dest: 'a' } });
    expect(it.judge.check(evaluator).map(({ code }) => code)).toEqual([
      'E_TASK_INVALID',
      'E_EVALUATOR_UNAVAILABLE',
      'E_EVALUATOR_UNAVAILABLE',
    ]);
  });

  it('goes on with OSWorld’s where ours turn out to be too little, without acting on the desktop again', async () => {
    await using it = await judgeWith('auto', ['pypdf2']);
    for (const name of ['a', 'b'])
      desktop.files.set(`/${name}.zip`, Buffer.from(zipSync({ 'a.pdf': strToU8(`%PDF-1.7 ${name}`) })));
    const getter = (dest: string) => ({ type: 'vm_file', path: `/${dest}`, dest });
    const zips = task('compare_zip_files', {
      result: getter('a.zip'),
      expected: getter('b.zip'),
      postconfig: [{ type: 'execute', parameters: { command: ['save'] } }],
    });
    expect(await it.judge.judge(zips, desktop.context())).toBe(1);
    expect(it.started[0]?.asked).toEqual(['compare_zip_files']);
    expect(desktop.commands.filter(({ command }) => String(command) === 'save')).toHaveLength(1);
  });

  it('finds what was installed since, and says so', async () => {
    await using it = await judgeWith('auto');
    const { evaluator } = task('compare_table');
    expect(it.judge.names).toEqual(['native']);
    expect(it.judge.check(evaluator)).toMatchObject([{ fix: 'arpo-env evaluators install' }]);
    expect(await it.judge.lookAgain?.()).toBe(false);
    layEvaluators(folder.path, TABLE);
    expect(await it.judge.lookAgain?.()).toBe(true);
    expect(it.judge.check(evaluator)).toEqual([]);
    expect(it.judge.names).toEqual(['native', 'osworld']);
    desktop.files.set('/a.xlsx', 'a table');
    expect(await it.judge.judge(task('compare_table'), desktop.context())).toBe(1);
    expect(it.events.map(({ description }) => description)).toEqual([
      "Judges: native, for 170 of OSWorld's 369 tasks; arpo-env evaluators install makes it 358",
      expect.stringMatching(/^Judges: native and osworld, for 2\d\d of OSWorld's 369 tasks; /),
    ]);
  });

  it('scores after the fact, too, once it is installed', async () => {
    await using it = await judgeWith('auto');
    layEvaluators(folder.path, TABLE);
    desktop.files.set('/a.xlsx', 'a table');
    expect(await it.judge.judge(task('compare_table'), desktop.context())).toBe(1);
  });

  it('scores with new workers what those of before miss, once OSWorld’s code was replaced', async () => {
    await using it = await judgeWith('auto', TABLE);
    desktop.files.set('/a.xlsx', 'a table');
    const postconfig = [{ type: 'execute', parameters: { command: ['save'] } }];
    const saved = task('compare_table', { postconfig });
    await it.judge.judge(saved, desktop.context());
    const [workers] = it.started;
    if (!workers) throw new Error('no workers');
    const gone: Problem = { code: 'E_EVALUATOR_UNAVAILABLE', message: 'no module', fix: 'install' };
    workers.measure = async () => {
      throw new ArpoEnvError(gone);
    };
    await expect(it.judge.judge(saved, desktop.context())).rejects.toMatchObject(gone);
    renameSync(join(folder.path, 'osworld'), join(folder.path, 'osworld.old'));
    layEvaluators(folder.path, TABLE);
    expect(await it.judge.judge(saved, desktop.context())).toBe(1);
    expect(it.started.map(({ asked }) => asked.length)).toEqual([3, 1]);
    // Once for each of the three.
    expect(desktop.commands.filter(({ command }) => String(command) === 'save')).toHaveLength(3);
  });

  it('ends its workers with itself', async () => {
    const it = await judgeWith('auto', TABLE);
    desktop.files.set('/a.xlsx', 'a table');
    await it.judge.judge(task('compare_table'), desktop.context());
    await it[Symbol.asyncDispose]();
    expect(it.started.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });
});

describe('OSWorld’s judge', () => {
  it('names task and function where one raises, and gives the worker back', async () => {
    await using it = await judgeWith('osworld', TABLE);
    desktop.files.set('/a.xlsx', 'a table');
    const context = desktop.context();
    await it.judge.judge(task('compare_table'), context);
    const [workers] = it.started;
    if (!workers) throw new Error('no workers');
    workers.measure = async () => {
      throw new PythonError('BadZipFile', 'File is not a zip file');
    };
    await expect(it.judge.judge(task('compare_table'), context)).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: 'the metric compare_table of task the-task failed: BadZipFile: File is not a zip file',
    });
    expect(workers.inUse).toBe(0);
  });

  it('asks Python for getters that are not native, and for those whose config ours does not take', async () => {
    await using it = await judgeWith('osworld', ['playwright', 'requests', 'pandas', 'openpyxl']);
    const strange = task('exact_match', {
      result: { type: 'vm_file', path: 3, dest: 'a' },
      expected: { type: 'info_from_website', url: 'https://example.org' },
    });
    expect(await it.judge.judge(strange, desktop.context())).toBe(1);
    expect(it.started[0]?.asked).toEqual(['vm_file', 'info_from_website', 'exact_match']);
  });

  it('alone scores what ours would', async () => {
    await using it = await judgeWith('osworld', []);
    const answer = task('exact_match', { result: { type: 'rule', rules: 'y' } });
    expect(await it.judge.judge(answer, desktop.context())).toBe(1);
    expect(it.started[0]?.asked).toEqual(['exact_match']);
  });

  it('needs nothing where no function is called', async () => {
    await using it = await judgeWith('osworld');
    const context = desktop.context({ actionHistory: [{ kind: 'fail' }] });
    const infeasible = taskSchema.parse({ id: 'i', instruction: '', evaluator: { func: 'infeasible' } });
    expect(it.judge.check(infeasible.evaluator)).toEqual([]);
    expect(await it.judge.judge(infeasible, context)).toBe(1);
    expect(it.judge.names).toEqual([]);
  });

  it('is asked by nobody under the engine native', async () => {
    await using it = await judgeWith('native', TABLE);
    expect(it.judge.check(task('compare_table').evaluator)).toMatchObject([
      { code: 'E_EVALUATOR_UNAVAILABLE', fix: expect.stringContaining('evaluators.engine auto') },
    ]);
    expect(await it.judge.lookAgain?.()).toBe(false);
    expect(it.events.map(({ description }) => description)).toEqual([
      expect.stringMatching(/^Judges: native, for 170 of /),
    ]);
  });

  it('reads the accessibility tree where a getter of its own does', async () => {
    await using it = await judgeWith('auto', ['playwright', 'requests', 'lxml', 'cssselect']);
    const html = { type: 'active_tab_html_parse', category: 'class' };
    expect(it.judge.readsTree(task('check_direct_json_object', { result: html }).evaluator)).toBe(true);
    expect(it.judge.readsTree(task('compare_table').evaluator)).toBe(false);
  });
});
