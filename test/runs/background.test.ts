import { readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { ArpoEnvError } from '../../src/errors.js';
import { identifyProcess } from '../../src/host/process.js';
import { type BackgroundOptions, startInBackground } from '../../src/runs/background.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** `serve` on a free port lasts until it is ended; its state goes where the test's does. */
const LASTING = ['serve', '--provider', 'sim', '--port', '0'];

afterEach(() => void vi.unstubAllEnvs());

function optionsFor(
  folder: TemporaryFolder,
  changes: Partial<BackgroundOptions<string>>,
): BackgroundOptions<string> {
  vi.stubEnv('ARPO_ENV_STATE_DIR', folder.path);
  const { signal } = new AbortController();
  const ready = async () => null;
  return {
    name: 'server',
    args: LASTING,
    logFolder: folder.path,
    logsInUse: [],
    ready,
    deadlineMs: 30_000,
    signal,
    ...changes,
  };
}

test('the error of a failed start comes back as it was', async () => {
  using folder = new TemporaryFolder();
  const args = ['serve', '--provider', 'sim', '--host', '0.0.0.0', '--port', '0'];
  await expect(startInBackground(optionsFor(folder, { args }))).rejects.toMatchObject({
    code: 'E_NO_TOKEN',
    message: expect.stringContaining('0.0.0.0 can be reached from other machines'),
    fix: expect.stringContaining('--token-file'),
  });
});

test('one that ends without a document is shown with its last lines', async () => {
  using folder = new TemporaryFolder();
  await expect(startInBackground(optionsFor(folder, { args: ['config'] }))).rejects.toMatchObject({
    code: 'E_BACKGROUND',
    message: expect.stringMatching(
      /^the server in the background ended \(exit code 2\) before it was ready; its last lines:\n[\s\S]*--json /,
    ),
    fix: expect.stringContaining('without --detach'),
  });
});

test('one that does not become ready in time is ended, and its log is shown', async () => {
  using folder = new TemporaryFolder();
  let pid = 0;
  const ready = async (child: number) => {
    pid = child;
    return null;
  };
  await expect(startInBackground(optionsFor(folder, { ready, deadlineMs: 300 }))).rejects.toMatchObject({
    code: 'E_TIMEOUT',
    message: expect.stringContaining('did not answer within 0.3 s'),
  });
  expect(pid).toBeGreaterThan(0);
  expect(await identifyProcess(pid)).toBeNull();
});

test('what was seen of it meanwhile says more than its log', async () => {
  using folder = new TemporaryFolder();
  const seen = new ArpoEnvError({ code: 'E_SSH_HOST', message: 'no such host', fix: 'look it up' });
  const late = { ready: async () => null, late: () => seen, deadlineMs: 300 };
  await expect(startInBackground(optionsFor(folder, late))).rejects.toBe(seen);
});

test('an abort ends it', async () => {
  using folder = new TemporaryFolder();
  const abort = new AbortController();
  let pid = 0;
  const ready = async (child: number) => {
    pid = child;
    abort.abort();
    return null;
  };
  await expect(startInBackground(optionsFor(folder, { ready, signal: abort.signal }))).rejects.toThrow();
  expect(await identifyProcess(pid)).toBeNull();
});

test('when it is ready it goes on without us, its output in the log', async () => {
  using folder = new TemporaryFolder();
  const ready = async () => 'yes';
  const background = await startInBackground(optionsFor(folder, { ready, args: ['--help'] }));
  expect(background).toMatchObject({ ready: 'yes', pid: expect.any(Number) });
  await vi.waitFor(async () => expect(await identifyProcess(background.pid)).toBeNull(), { timeout: 15_000 });
  expect(await readFile(background.logFile, 'utf8')).toContain('Usage: arpo-env');
});
