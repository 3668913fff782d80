import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Action } from '../../../src/desktop/action.js';
import { type Task, taskSchema } from '../../../src/desktop/task.js';
import { ArpoEnvError } from '../../../src/errors.js';
import { readCriteria } from '../../../src/evaluators/criteria.js';
import { nativeJudge } from '../../../src/evaluators/native/judge.js';
import { FixtureDesktop } from './fixture-desktop.js';

const { check: checkEvaluator, judge: evaluate } = nativeJudge;
const FAIL: Action = { kind: 'fail' };

const printed = (name: string) => ({ type: 'vm_command_line', command: name, shell: true });
const exactly = (expected: unknown) => ({ type: 'rule', rules: { expected } });

afterEach(() => void vi.useRealTimers());

describe('evaluate', () => {
  it('judges a command’s output', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => ({ output: 'true\n' });
    const evaluator = {
      func: 'exact_match',
      result: printed('gsettings get lock'),
      expected: exactly('true\n'),
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(1);
    expect(desktop.commands).toEqual([{ command: 'gsettings get lock', shell: true }]);
  });

  it('compares a guest file with one of the web', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.files.set('/home/user/a.txt', 'one\r\ntwo');
    desktop.web.set('/gold.txt', 'one\ntwo');
    const evaluator = {
      func: 'compare_text_file',
      result: { type: 'vm_file', path: '/home/user/a.txt', dest: 'a.txt' },
      expected: { type: 'cloud_file', path: new URL('gold.txt', desktop.url).href, dest: 'gold.txt' },
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(1);
    expect(await readFile(join(desktop.context().cacheDir, 'a.txt'), 'utf8')).toBe('one\r\ntwo');
  });

  it('runs postconfig before it looks', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = ({ command }) => ({ output: command === 'make' ? 'made' : '' });
    const evaluator = {
      func: 'check_list',
      postconfig: [{ type: 'execute', parameters: { command: 'make', stdout: 'made.out' } }],
      result: { type: 'cache_file', path: 'made.out' },
      expected: { type: 'rule', rules: { expect: ['^made$'] } },
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(1);
  });

  it.each([
    [[FAIL], 1],
    [[FAIL, { kind: 'code', source: 'pyautogui.click()' }], 0],
    [[{ kind: 'done' }], 0],
    [[], 0],
  ] satisfies [Action[], number][])(
    'scores an infeasible task after %j with %d',
    async (actionHistory, score) => {
      await using desktop = await FixtureDesktop.start();
      const infeasible = task({
        func: 'infeasible',
        postconfig: [{ type: 'execute', parameters: { command: 'true' } }],
      });

      expect(await evaluate(infeasible, desktop.context({ actionHistory }))).toBe(score);
      expect(desktop.commands).toHaveLength(1);
    },
  );

  it('scores a feasible task that the agent gave up with 0, without looking', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => ({ output: 'x' });
    const evaluator = { func: 'exact_match', result: printed('x'), expected: exactly('x') };

    expect(await evaluate(task(evaluator), desktop.context({ actionHistory: [FAIL] }))).toBe(0);
    expect(desktop.commands).toEqual([]);
  });

  it('ends a list of `and` at the first zero', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = {
      func: ['exact_match', 'exact_match'],
      result: [printed('a'), printed('b')],
      expected: [exactly('no'), exactly('')],
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(0);
    expect(desktop.commands.map(({ command }) => command)).toEqual(['a']);
  });

  it('ends a list of `or` at the first one', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = {
      func: ['exact_match', 'exact_match', 'exact_match'],
      conj: 'or',
      result: [printed('a'), printed('b'), printed('c')],
      expected: [exactly('no'), exactly(''), exactly('')],
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(1);
    expect(desktop.commands.map(({ command }) => command)).toEqual(['a', 'b']);
  });

  it('gives the mean of fractions', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.files.set('/a', 'x\ny');
    desktop.web.set('/gold', 'x\nz');
    const gold = { type: 'cloud_file', path: new URL('gold', desktop.url).href, dest: 'gold' };
    const evaluator = {
      func: ['diff_text_file', 'exact_match'],
      result: [{ type: 'vm_file', path: '/a', dest: 'a' }, printed('b')],
      expected: [gold, exactly('')],
    };

    expect(await evaluate(task(evaluator), desktop.context())).toBe(0.75);
  });

  it('scores the same twice, also with dates that are relative to today', async () => {
    await using desktop = await FixtureDesktop.start();
    const relative = task({
      func: 'check_direct_json_object',
      result: printed('date'),
      expected: {
        type: 'rule_relativeTime',
        rules: {
          timezone: 'UTC',
          relativeTime: { from: 'this month' },
          expected: { time: '{Year}-{Month0D}' },
        },
      },
    });
    desktop.execute = () => ({ output: '{"time": "2026-11"}' });
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21), toFake: ['Date'] });
    const before = structuredClone(relative);

    expect(await evaluate(relative, desktop.context())).toBe(1);
    expect(await evaluate(relative, desktop.context())).toBe(1);
    expect(relative).toEqual(before);
  });

  it('names the metric that fails, and why', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = { func: 'is_utc_0', result: printed('timedatectl') };

    expect(await failure(task(evaluator), desktop)).toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: 'the metric is_utc_0 of task fixture failed: IndexError: list index out of range',
    });
  });

  it('names the getter that fails, and why', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = {
      func: 'check_list',
      result: { type: 'cache_file', path: 'never.out' },
      expected: { type: 'rule', rules: {} },
    };

    expect(await failure(task(evaluator), desktop)).toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: expect.stringContaining(
        'the getter cache_file of task fixture failed: AssertionError: never.out is not in the cache folder',
      ),
    });
  });

  it('makes a metric without a value an error, and no zero', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = {
      func: 'check_auto_saving_time',
      result: printed('x'),
      expected: { type: 'rule', rules: { minutes: 3 } },
    };
    desktop.execute = () => ({ output: '/nowhere/registrymodifications.xcu' });

    expect(await failure(task(evaluator), desktop)).toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: expect.stringContaining(
        'the score of check_auto_saving_time of task fixture failed: TypeError',
      ),
    });
  });

  it.each(['../gold.txt', '/tmp/gold.txt', 'a/../../gold.txt', ''])(
    'writes nothing at the destination %j',
    async (dest) => {
      await using desktop = await FixtureDesktop.start();
      desktop.files.set('/a', 'x');
      const evaluator = {
        func: 'compare_config',
        result: { type: 'vm_file', path: '/a', dest },
        expected: exactly('x'),
      };

      expect(await failure(task(evaluator), desktop)).toMatchObject({
        code: 'E_EVALUATE_FAILED',
        message: `the getter vm_file of task fixture failed: "${dest}" is not the name of a file in the task's cache folder`,
      });
    },
  );

  it('says that the desktop is gone when it is', async () => {
    await using desktop = await FixtureDesktop.start();
    const context = desktop.context();
    await desktop[Symbol.asyncDispose]();
    const evaluator = { func: 'exact_match', result: printed('x'), expected: exactly('x') };

    await expect(evaluate(task(evaluator), context)).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
  });

  it('stops with the signal’s reason', async () => {
    await using desktop = await FixtureDesktop.start();
    const stop = new AbortController();
    desktop.execute = () => {
      stop.abort(new Error('stopped by the test'));
      return {};
    };
    const evaluator = { func: 'exact_match', result: printed('x'), expected: exactly('x') };

    await expect(evaluate(task(evaluator), desktop.context({ signal: stop.signal }))).rejects.toThrow(
      'stopped by the test',
    );
  });

  it('refuses before it acts when a function is not available', async () => {
    await using desktop = await FixtureDesktop.start();
    const evaluator = {
      func: 'compare_table',
      postconfig: [{ type: 'execute', parameters: { command: 'save' } }],
      result: { type: 'vm_file', path: '/a', dest: 'a' },
    };

    expect(await failure(task(evaluator), desktop)).toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: 'the metric compare_table of OSWorld is not available in arpo-env',
    });
    expect(desktop.requests).toEqual([]);
  });
});

describe('checkEvaluator', () => {
  it('names everything that is missing, once', () => {
    const evaluator = {
      func: ['compare_pdfs', 'compare_pdfs', 'check_json'],
      result: [
        { type: 'googledrive_file' },
        { type: 'googledrive_file' },
        { type: 'vm_file', path: 'a', dest: 'a' },
      ],
    };

    const problems = checkEvaluator(task(evaluator).evaluator);

    expect(
      problems.map(({ message }) => message.replace(' of OSWorld is not available in arpo-env', '')),
    ).toEqual(['the metric compare_pdfs', 'the getter googledrive_file']);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['E_EVALUATOR_UNAVAILABLE']));
  });

  it.each([
    ['lists of different lengths', { func: ['exact_match', 'exact_match'], result: [printed('x')] }],
    ['a list for a single function', { func: 'exact_match', result: [printed('x')] }],
    ['no result', { func: 'exact_match' }],
    ['a null result', { func: ['exact_match'], result: [null] }],
    ['a getter without its keys', { func: 'exact_match', result: { type: 'vm_file', path: '/a' } }],
    [
      'a relative time that no task uses',
      {
        func: 'exact_match',
        result: { type: 'rule_relativeTime', rules: { relativeTime: { from: 'yesterday' }, expected: {} } },
      },
    ],
  ])('takes %s for an invalid task', (_, evaluator) => {
    expect(checkEvaluator(task(evaluator).evaluator).map(({ code }) => code)).toEqual(['E_TASK_INVALID']);
  });

  it.each([
    ['one function', { func: 'compare_config', result: printed('x'), expected: {} }],
    ['one function, as a list', { func: ['compare_config'], result: [printed('x')], expected: [] }],
    ['one of several', { func: ['compare_config'], result: [printed('x')], expected: [{}] }],
  ])('takes an empty getter of %s for none', (_, evaluator) => {
    expect(readCriteria(task(evaluator).evaluator)).toMatchObject([{ expected: null }]);
  });

  it('takes names of object properties for unknown functions', () => {
    const evaluator = { func: 'constructor', result: { type: '__proto__' } };
    expect(checkEvaluator(task(evaluator).evaluator)).toHaveLength(2);
  });
});

function task(evaluator: unknown): Task {
  return taskSchema.parse({ id: 'fixture', instruction: 'do it', evaluator });
}

async function failure(failing: Task, desktop: FixtureDesktop): Promise<ArpoEnvError> {
  const error: unknown = await evaluate(failing, desktop.context()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ArpoEnvError);
  return error as ArpoEnvError;
}
