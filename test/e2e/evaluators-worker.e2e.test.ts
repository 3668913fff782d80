/** Workers of OSWorld's evaluators, with real Python and functions that do what hostile files and code could: in sandboxes and without. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { confinement } from '../../src/evaluators/osworld/confine/confinement.js';
import type { PythonWorkers, Subject } from '../../src/evaluators/osworld/functions.js';
import { type PythonWorkersOptions, pythonWorkers } from '../../src/evaluators/osworld/python-workers.js';
import { sendSignal } from '../../src/host/process.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const PYTHON = '/usr/bin/python3';
const OSWORLD = fileURLToPath(new URL('fixtures/hostile-osworld', import.meta.url));
const MB = 2 ** 20;
const NOWHERE = new URL('http://127.0.0.1:1');
const NO_ENDPOINTS = { agent: NOWHERE, cdp: NOWHERE, vlc: NOWHERE, watch: null };

async function workersOf(
  confine: boolean,
  options: Partial<PythonWorkersOptions> = {},
): Promise<PythonWorkers> {
  const { problem, start } = await confinement({ confine, memoryLimit: 256 * MB });
  expect(problem).toBeNull();
  return pythonWorkers({
    ...{ python: PYTHON, osworld: OSWORLD, workers: 1, timeLimitMs: 60_000, memoryLimit: 256 * MB, start },
    ...options,
  });
}

function subjectOf(folder: TemporaryFolder, more: Partial<Subject> = {}): Subject {
  return {
    ...{ id: 'a-task', platform: 'Linux', cacheDir: folder.path, clientPassword: 'password' },
    endpoints: NO_ENDPOINTS,
    signal: new AbortController().signal,
    ...more,
  };
}

const spec = (metric: string, options: Record<string, unknown> = {}) => ({
  ...{ metric, result: { type: 'rule' }, expected: null, options },
});

/** One evaluation of one metric. */
async function measure(
  workers: PythonWorkers,
  metric: string,
  result: unknown = null,
  more: Partial<Subject> = {},
) {
  using folder = new TemporaryFolder();
  await using functions = workers.open(subjectOf(folder, more));
  return await functions.measure(spec(metric), result, undefined);
}

/** A server that waits for a metric of which much is left. */
function serverProgram(confine: boolean, token: string): string {
  return `
    import { confinement } from '${new URL('../../dist/evaluators/osworld/confine/confinement.js', import.meta.url)}';
    import { pythonWorkers } from '${new URL('../../dist/evaluators/osworld/python-workers.js', import.meta.url)}';
    const { start } = await confinement({ confine: ${confine}, memoryLimit: ${256 * MB} });
    const workers = pythonWorkers({ python: '${PYTHON}', osworld: '${OSWORLD}', workers: 1, timeLimitMs: 60000,
      memoryLimit: ${256 * MB}, start });
    const url = new URL('http://127.0.0.1:1');
    const functions = workers.open({ id: 'a-task', endpoints: { agent: url, cdp: url, vlc: url, watch: null },
      platform: 'Linux', cacheDir: '${fileURLToPath(new URL('fixtures/hostile-osworld/desktop_env/controllers', import.meta.url))}',
      clientPassword: 'password', signal: new AbortController().signal });
    await functions.measure({ metric: 'start_and_hang', result: {}, expected: null, options: {} }, '${token}', undefined);`;
}

async function startDesktop(name: string): Promise<AsyncDisposable & { url: URL }> {
  const server = createServer((request, response) => response.end(`${name}: ${request.url}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

let tokens = 0;
const freshToken = () => `arpo-env-test-${process.pid}-${++tokens}`;

/** Processes of this machine, those in sandboxes too, that were started with that word. */
async function processesNamed(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.split('\0').includes(word));
}

const WORKER = fileURLToPath(new URL('../../templates/evaluators/worker.py', import.meta.url));

for (const confine of [true, false]) {
  describeWith(confine ? 'bwrap' : 'python3', `a worker ${confine ? 'in' : 'without'} a sandbox`, () => {
    it.each([
      ['hang', 'took longer than 1 s'],
      ['hang_in_c', 'took longer than 1 s'],
      ['add_memory', 'took more than 256M of memory'],
      ['add_page_tables', 'took more than 256M of memory'],
      ...(confine ? ['add_files', 'add_sockets'].map((name) => [name, 'took more than 256M of memory']) : []),
      ['exit_quietly', 'ended its process with exit code 3: my last words'],
      ['write_everywhere', 'answered what it was not asked'],
    ])(
      '%s: the error says how it ended, and the next evaluation has the same worker',
      async (metric, how) => {
        await using workers = await workersOf(confine, {
          timeLimitMs: metric.startsWith('hang') ? 1000 : 60_000,
        });
        expect(await measure(workers, 'shout')).toBe(1);
        const [worker] = await processesNamed(WORKER);
        await expect(measure(workers, metric)).rejects.toMatchObject({
          code: 'E_EVALUATE_FAILED',
          message: `the metric ${metric} of task a-task ${how}`,
        });
        expect(await measure(workers, 'shout')).toBe(1);
        expect(await processesNamed(WORKER)).toContain(worker);
      },
    );

    it('a worker that is killed is replaced, and the error says so', async () => {
      await using workers = await workersOf(confine);
      await expect(measure(workers, 'kill_worker')).rejects.toMatchObject({
        code: 'E_EVALUATE_FAILED',
        message: expect.stringMatching(/^the metric kill_worker of task a-task was lost: its worker ended /),
      });
      expect(await measure(workers, 'shout')).toBe(1);
    });

    it('what it started ends with a worker that is killed', async () => {
      await using workers = await workersOf(confine);
      const token = freshToken();
      await expect(measure(workers, 'leave_daemons_and_kill_worker', token)).rejects.toThrow('was lost');
      await eventually(async () => expect(await processesNamed(token)).toEqual([]));
    });

    it('a worker that is stopped is replaced', async () => {
      await using workers = await workersOf(confine, { timeLimitMs: 2000 });
      await expect(measure(workers, 'stop_worker')).rejects.toThrow(
        'was lost: its worker gave no answer within',
      );
      expect(await measure(workers, 'count_calls')).toBe(1);
    });

    it('what an evaluation leaves behind ends with it: daemons, floods of processes, files', async () => {
      await using workers = await workersOf(confine, { timeLimitMs: 2000 });
      const token = freshToken();
      expect(await measure(workers, 'leave_daemons', token)).toBe(1);
      expect(await processesNamed(token)).toEqual([]);
      await expect(measure(workers, 'fork_bomb', token)).rejects.toThrow(
        /took (longer|more) than|started too many processes/,
      );
      expect(await processesNamed(token)).toEqual([]);
      expect(await measure(workers, 'leave_files', 'left')).toBe(1);
      expect(await measure(workers, 'look_around')).toBe(0);
    });

    it('an aborted evaluation ends at once, with all that it started', async () => {
      await using workers = await workersOf(confine);
      const leaving = new AbortController();
      const token = freshToken();
      const measured = measure(workers, 'start_and_hang', token, { signal: leaving.signal });
      await eventually(async () => expect(await processesNamed(token)).not.toEqual([]));
      leaving.abort(new Error('enough'));
      await expect(measured).rejects.toThrow('enough');
      await eventually(async () => expect(await processesNamed(token)).toEqual([]));
      expect(await measure(workers, 'shout')).toBe(1);
    });

    it('nothing is left of it when the server is killed', async () => {
      const token = freshToken();
      const server = spawn(process.execPath, ['--input-type=module', '-e', serverProgram(confine, token)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      await eventually(async () => expect(await processesNamed(token)).not.toEqual([]));
      server.kill('SIGKILL');
      await eventually(async () => expect(await processesNamed(token)).toEqual([]));
      await eventually(async () => expect(await processesNamed(WORKER)).toEqual([]));
    });

    it('nothing is left of it when the next one begins, though server and worker were killed together', async () => {
      const token = freshToken();
      const server = spawn(process.execPath, ['--input-type=module', '-e', serverProgram(confine, token)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      await eventually(async () => expect(await processesNamed(token)).not.toEqual([]));
      const workersThen = await processesNamed(WORKER);
      server.kill('SIGKILL');
      for (const pid of workersThen) sendSignal(Number(pid), 'SIGKILL');
      await using workers = await workersOf(confine);
      expect(await measure(workers, 'shout')).toBe(1);
      await eventually(async () => expect(await processesNamed(token)).toEqual([]));
    });

    it('getters ask the desktop of their evaluation, and no other', async () => {
      await using desktop = await startDesktop('mine');
      await using workers = await workersOf(confine);
      using folder = new TemporaryFolder();
      const endpoints = { ...NO_ENDPOINTS, agent: desktop.url };
      await using functions = workers.open(subjectOf(folder, { endpoints, platform: 'Linux' }));
      expect(await functions.get({ type: 'asked', path: '/a' })).toEqual(['Linux', 'mine: /a']);
    });

    it('four evaluations at once on two workers read each their own file of the same name', async () => {
      await using workers = await workersOf(confine, { workers: 2 });
      const numbers = await Promise.all(
        [1, 2, 3, 4].map(async (number) => {
          using folder = new TemporaryFolder({ 'files/number.txt': String(number) });
          await using functions = workers.open(subjectOf(folder));
          const read = spec('read_number', { seconds: 0.3 });
          const first = await functions.measure(read, join(folder.path, 'files/number.txt'), undefined);
          folder.write('files/number.txt', String(number * 10));
          return [first, await functions.measure(read, join(folder.path, 'files/number.txt'), undefined)];
        }),
      );
      expect(numbers).toEqual([1, 2, 3, 4].map((number) => [number, number * 10]));
    });
  });
}

describeWith('python3', 'what OSWorld’s functions give', () => {
  it('values come across as they are', async () => {
    await using workers = await workersOf(false);
    const give = async (kind: string) => {
      using folder = new TemporaryFolder();
      await using functions = workers.open(subjectOf(folder));
      return await functions.measure(spec('give'), null, kind);
    };
    expect(await give('true')).toBe(true);
    expect(await give('none')).toBeNull();
    expect(await give('nan')).toBeNaN();
    expect(await give('inf')).toBe(Number.NEGATIVE_INFINITY);
  });

  it('what a getter gives reaches the metric as it is, also what JSON cannot say', async () => {
    await using workers = await workersOf(false);
    using folder = new TemporaryFolder();
    await using functions = workers.open(subjectOf(folder));
    const first = await functions.get({ type: 'exact' });
    const second = await functions.get({ type: 'exact' });
    expect(await functions.measure(spec('give'), first, second)).toBe(true);
    const big = await functions.get({ type: 'big' });
    expect(JSON.stringify(big).length).toBeLessThan(1000);
    expect(await functions.measure(spec('give'), big, first)).toBe(false);
    // A guest's own document is what it says.
    expect(await functions.measure(spec('give'), { $kept: 0 }, first)).toBe(false);
    expect(await functions.measure(spec('give'), { $file: 'a' }, { $file: 'a' })).toBe(true);
  });

  it.each([
    ['file', 'FileNotFoundError', "[Errno 2] No such file: 'file'"],
    ['memory', 'MemoryError', ''],
    ['exit', 'SystemExit', '3'],
  ])('what they raise is thrown: %s', async (kind, name, message) => {
    await using workers = await workersOf(false);
    await expect(measure(workers, 'raise_error', kind)).rejects.toMatchObject({ name, message });
  });

  it.each([
    ['use_missing', 'the Python library nowhere_installed is not installed'],
    ['anything', "anything of OSWorld (metrics/broken.py) cannot be loaded: SyntaxError: expected ':'"],
    ['nothing', 'has no nothing in its metrics'],
  ])('what cannot be called is not available: %s', async (metric, why) => {
    await using workers = await workersOf(false);
    await expect(measure(workers, metric)).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: expect.stringContaining(why),
    });
  });

  it('one evaluation knows nothing of another', async () => {
    await using workers = await workersOf(false);
    expect(await measure(workers, 'count_calls')).toBe(1);
    expect(await measure(workers, 'count_calls')).toBe(1);
  });
});
