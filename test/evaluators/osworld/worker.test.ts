/** Workers as the server drives them: a program in Node in the place of Python. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startProcess } from '../../../src/evaluators/osworld/confine/process.js';
import type { PythonWorkers, Subject } from '../../../src/evaluators/osworld/functions.js';
import { pythonWorkers } from '../../../src/evaluators/osworld/python-workers.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const FAKE = fileURLToPath(new URL('../../support/fake-worker.mjs', import.meta.url));
const NOWHERE = new URL('http://127.0.0.1:1');

function workersOf(count = 1, argv = [process.execPath, FAKE]): PythonWorkers {
  return pythonWorkers({
    ...{ python: '/nowhere/python', osworld: '/nowhere', workers: count },
    ...{ timeLimitMs: 60_000, memoryLimit: 2 ** 30 },
    start: () => startProcess({ argv, env: {}, texts: [] }),
  });
}

function subjectOf(folder: TemporaryFolder, signal = new AbortController().signal): Subject {
  return {
    ...{ id: 'a-task', platform: 'Linux', cacheDir: folder.path, clientPassword: 'password', signal },
    endpoints: { agent: NOWHERE, cdp: NOWHERE, vlc: NOWHERE, watch: null },
  };
}

const spec = (metric: string, options: Record<string, unknown> = {}) => ({
  ...{ metric, result: { type: 'rule' }, expected: null, options },
});

async function measure(workers: PythonWorkers, metric: string, signal?: AbortSignal): Promise<unknown> {
  using folder = new TemporaryFolder();
  await using functions = workers.open(subjectOf(folder, signal));
  return await functions.measure(spec(metric), null, undefined);
}

describe('a function in a worker', () => {
  it('gets what it is called with: files as such, and what JSON has not', async () => {
    await using workers = workersOf();
    using folder = new TemporaryFolder({ 'a.txt': 'one' });
    await using functions = workers.open(subjectOf(folder));
    const result = [
      join(folder.path, 'a.txt'),
      `${folder.path}-other/a.txt`,
      Number.NaN,
      2n ** 70n,
      undefined,
    ];
    const guests = { $file: '/etc/passwd', $kept: 'guess/0' };
    expect(await functions.measure(spec('body', { strict: true }), result, guests)).toEqual({
      result: [
        { $file: 'a.txt' },
        `${folder.path}-other/a.txt`,
        { $float: 'NaN' },
        { $int: '1180591620717411303424' },
        null,
      ],
      expected: {
        $object: [
          ['$file', '/etc/passwd'],
          ['$kept', 'guess/0'],
        ],
      },
      options: { strict: true },
    });
    expect(await functions.measure(spec('body'), null, undefined)).toEqual({ result: null, options: {} });
  });

  it('sees what is in the cache folder when it is called', async () => {
    await using workers = workersOf();
    using folder = new TemporaryFolder({ 'a.txt': 'one' });
    await using functions = workers.open(subjectOf(folder));
    expect(await functions.measure(spec('files'), null, undefined)).toEqual({ 'a.txt': 'one' });
    folder.write('deep/b.txt', 'two');
    expect(await functions.measure(spec('files'), null, undefined)).toEqual({
      'a.txt': 'one',
      'deep/b.txt': 'two',
    });
  });

  it('gives what it gave, and throws what it raised', async () => {
    await using workers = workersOf();
    expect(await measure(workers, 'nan')).toBeNaN();
    await expect(measure(workers, 'raise')).rejects.toMatchObject({ name: 'ValueError', message: 'no' });
    await expect(measure(workers, 'unusable')).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: 'the metric unusable of task a-task cannot be called: it lacks a library',
      fix: 'arpo-env evaluators install',
    });
  });

  it.each([
    ['late', 'took longer than 60 s'],
    ['big', 'took more than 1G of memory'],
    ['exit', 'ended its process with exit code 3: last words'],
  ])('that is ended by its worker says so, and the worker goes on: %s', async (metric, how) => {
    await using workers = workersOf();
    const pid = await measure(workers, 'pid');
    await expect(measure(workers, metric)).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: `the metric ${metric} of task a-task ${how}`,
    });
    expect(await measure(workers, 'pid')).toBe(pid);
  });

  it.each([
    ['crash', 'ended with exit code 7: Something broke'],
    ['close', 'gave no answer within 3 s'],
    ['babble', 'said what is not in the protocol'],
    ['flood', 'said a line without an end'],
    ['other', 'spoke out of turn'],
  ])('whose worker is of no use any more says so, and another takes over: %s', async (metric, how) => {
    await using workers = workersOf();
    const pid = await measure(workers, 'pid');
    await expect(measure(workers, metric)).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: `the metric ${metric} of task a-task was lost: its worker ${how}`,
    });
    expect(await measure(workers, 'pid')).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('that is aborted throws the reason, and the worker goes on', async () => {
    await using workers = workersOf();
    const pid = await measure(workers, 'pid');
    const leaving = new AbortController();
    const measured = measure(workers, 'wait', leaving.signal);
    leaving.abort(new Error('enough'));
    await expect(measured).rejects.toThrow('enough');
    expect(await measure(workers, 'pid')).toBe(pid);
  });

  it('waits for its turn where one process serves all', async () => {
    await using workers = workersOf(1);
    const pids = await Promise.all([1, 2, 3].map(() => measure(workers, 'pid')));
    expect(new Set(pids).size).toBe(1);
  });

  it('ends with the workers', async () => {
    const workers = workersOf();
    using folder = new TemporaryFolder();
    await using functions = workers.open(subjectOf(folder));
    const pid = await functions.measure(spec('pid'), null, undefined);
    const waiting = functions.measure(spec('wait'), null, undefined).then(() => 'answered', String);
    await workers[Symbol.asyncDispose]();
    expect(await waiting).toContain('was lost');
    expect(isAlive(pid)).toBe(false);
    await expect(measure(workers, 'pid')).rejects.toThrow('are ending');
  });

  it('says what the worker said that does not become ready', async () => {
    await using workers = workersOf(1, ['sh', '-c', 'echo "no module named json" >&2; exit 1']);
    await expect(measure(workers, 'pid')).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message:
        "the worker of OSWorld's evaluators ended with exit code 1: no module named json instead of being ready",
    });
  });
});

function isAlive(pid: unknown): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
