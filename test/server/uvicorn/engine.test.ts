import { chmodSync, existsSync, renameSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import got from 'got';
import { afterEach, expect, test, vi } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../../src/host/process.js';
import {
  type ProcessRecord,
  prepareUvicornEngine,
  type UvicornEngine,
  type UvicornEngineOptions,
} from '../../../src/server/uvicorn/engine.js';
import { createLogger } from '../../../src/ui/logger.js';
import { eventually } from '../../support/eventually.js';
import { FakePythonRepo } from '../../support/fake-python-repo.js';

afterEach(() => vi.unstubAllEnvs());

class Run {
  readonly lines: string[] = [];
  readonly leaders: ProcessIdentity[] = [];
  readonly waits: number[] = [];
  readonly options: UvicornEngineOptions;

  constructor(repo: FakePythonRepo, changes: Partial<UvicornEngineOptions> = {}) {
    this.options = {
      repo: repo.path,
      app: 'scripts.remote_env_server:app',
      host: '127.0.0.1',
      port: 0,
      environment: { PROVIDER: 'docker', DOCKER_VM_READY_TIMEOUT: '3600' },
      logger: createLogger('info', { stream: { write: (line) => void this.lines.push(line) } }),
      signal: new AbortController().signal,
      sleep: async (ms) => void this.waits.push(ms),
      ...changes,
    };
  }

  async start(record?: ProcessRecord): Promise<UvicornEngine> {
    const engine = await prepareUvicornEngine(this.options);
    await engine.start(record ?? { update: async ({ helper }) => this.#note(helper) }, this.options.signal);
    return engine;
  }

  #note(leader: ProcessIdentity | undefined): void {
    if (leader) this.leaders.push(leader);
  }
}

async function crash(url: URL): Promise<void> {
  await got
    .post(new URL('crash', url), { retry: { limit: 0 }, throwHttpErrors: false })
    .catch(() => undefined);
}

test('it runs the repo’s app with its venv and the variables that the Python server reads', async () => {
  using repo = new FakePythonRepo();
  vi.stubEnv('ARPO_ENV_TOKEN', 's3cret');
  const run = new Run(repo);
  await using engine = await run.start();
  const seen = await got(new URL('env', engine.url)).json<Record<string, string>>();
  expect(seen).toMatchObject({
    app: 'scripts.remote_env_server:app',
    PROVIDER: 'docker',
    DOCKER_VM_READY_TIMEOUT: '3600',
    VIRTUAL_ENV: `${repo.path}/.venv`,
  });
  expect(seen.PATH).toMatch(`${repo.path}/.venv/bin:`);
  expect(seen).not.toHaveProperty('ARPO_ENV_TOKEN');
  expect(run.lines.join()).toContain('"source":"uvicorn","msg":"Uvicorn running on');
});

test('when it is disposed, its process is gone', async () => {
  using repo = new FakePythonRepo();
  const engine = await new Run(repo).start();
  await engine[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  expect(await Promise.all(repo.starts.map(identifyProcess))).toEqual([null]);
});

test('a crash is answered with another start on the same port, and said', async () => {
  using repo = new FakePythonRepo();
  const run = new Run(repo);
  await using engine = await run.start();
  await crash(engine.url);
  await eventually(async () => expect(await got(new URL('docs', engine.url)).text()).toBe(''));
  expect(run.leaders.map(({ pid }) => pid)).toEqual(repo.starts);
  expect(repo.starts).toHaveLength(2);
  expect(run.waits).toEqual([1000]);
  expect(run.lines.join()).toContain(
    'the Python env server ended (exit code 7); starting it again in 1 s (1 of 6)',
  );
});

test('one that does not come back is given up after waits that double, with its last words', async () => {
  using repo = new FakePythonRepo();
  const run = new Run(repo);
  await using engine = await run.start();
  repo.write('broken', '');
  await crash(engine.url);
  expect(await engine.failed).toMatchObject({
    code: 'E_ENGINE',
    message: expect.stringContaining('ImportError: no module named torch'),
  });
  expect(run.waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
  expect(repo.starts).toHaveLength(7);
});

test('a first start that fails is not repeated; it is shown with its last lines', async () => {
  using repo = new FakePythonRepo({ broken: '' });
  const run = new Run(repo);
  await expect(run.start()).rejects.toMatchObject({
    code: 'E_ENGINE',
    message:
      'the Python env server scripts.remote_env_server:app ended (exit code 1) before it answered; its last lines:\n' +
      'Traceback (most recent call last):\nImportError: no module named torch',
    fix: expect.stringContaining('-m uvicorn scripts.remote_env_server:app'),
  });
  expect(repo.starts).toHaveLength(1);
});

test('an abort in mid-start leaves nothing', async () => {
  using repo = new FakePythonRepo();
  const abort = new AbortController();
  const record = { update: async () => abort.abort() };
  await expect(new Run(repo, { signal: abort.signal }).start(record)).rejects.toThrow();
  if (existsSync(`${repo.path}/starts`)) {
    expect(await Promise.all(repo.starts.map(identifyProcess))).toEqual([null]);
  }
});

test('a port in use is said before Python is started', async () => {
  using repo = new FakePythonRepo();
  const holder = createServer().listen(0, '127.0.0.1');
  await eventually(() => expect(holder.listening).toBe(true));
  const { port } = holder.address() as AddressInfo;
  await expect(new Run(repo, { port }).start()).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: expect.stringContaining(`port ${port} on 127.0.0.1 is in use`),
  });
  expect(existsSync(`${repo.path}/starts`)).toBe(false);
  holder.close();
});

test.each([
  ['scripts.remote_env_server', 'has no module scripts.remote_env_server', 'scripts/remote_env_server.py'],
  ['uvicorn', 'uvicorn is not installed for', '-m pip install uvicorn'],
])('without %s it says what is missing', async (missing, message, fix) => {
  using repo = new FakePythonRepo({ missing });
  await expect(new Run(repo).start()).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: expect.stringContaining(message),
    fix: expect.stringContaining(fix),
  });
});

test('without the folder it says so', async () => {
  using repo = new FakePythonRepo();
  await expect(new Run(repo, { repo: `${repo.path}/none` }).start()).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: `there is no folder ${repo.path}/none`,
  });
});

test('a python that does not run is told from one that lacks modules', async () => {
  using repo = new FakePythonRepo({ '.venv/bin/python': '#!/bin/sh\necho broken interpreter >&2\nexit 3\n' });
  await expect(new Run(repo).start()).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: `${repo.path}/.venv/bin/python cannot run in ${repo.path}: broken interpreter`,
    fix: expect.stringContaining('-m venv .venv'),
  });
});

test('without a venv the python3 of PATH is used, and said', async () => {
  using repo = new FakePythonRepo();
  renameSync(`${repo.path}/.venv/bin/python`, `${repo.path}/python3`);
  chmodSync(`${repo.path}/python3`, 0o755);
  vi.stubEnv('PATH', repo.path);
  const run = new Run(repo);
  await using _engine = await run.start();
  expect(run.lines.join()).toContain('has no venv (.venv, arpo_env, venv); using the python3 in PATH');
});
