import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLog } from '../../src/runs/find-log.js';
import { registerRun } from '../../src/runs/registry.js';
import { stateFolder } from '../../src/runs/state-folder.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

function stateIn(folder: TemporaryFolder) {
  return stateFolder({ ARPO_ENV_STATE_DIR: folder.path });
}

const details = { kind: 'server', url: 'http://127.0.0.1:1', provider: 'sim', envs: 1 } as const;

test('the log of the one that runs', async () => {
  using folder = new TemporaryFolder();
  const state = stateIn(folder);
  await using _running = await registerRun(state.runs, { ...details, logFile: '/logs/it.log' });
  expect(await findLog(state, { kind: 'server', name: undefined })).toEqual({
    path: '/logs/it.log',
    kind: 'server',
    runs: true,
  });
});

test('else the newest that is left', async () => {
  using folder = new TemporaryFolder();
  const state = stateIn(folder);
  for (const day of ['09', '11', '10']) folder.write(`logs/server-2026-11-${day}.log`, '');
  expect(await findLog(state, { kind: 'server', name: undefined })).toEqual({
    path: join(state.logs, 'server-2026-11-11.log'),
    kind: 'server',
    runs: false,
  });
});

test('one that logs to its terminal, and none at all, are told apart', async () => {
  using folder = new TemporaryFolder();
  const state = stateIn(folder);
  await using _running = await registerRun(state.runs, { ...details, logFile: null });
  await expect(findLog(state, { kind: 'server', name: undefined })).rejects.toMatchObject({
    code: 'E_NO_LOG',
    message: `the server pid ${process.pid} logs to its terminal`,
  });
  await expect(findLog(state, { kind: 'tunnel', name: undefined })).rejects.toMatchObject({
    code: 'E_NO_LOG',
    message: expect.stringContaining('no tunnel runs here'),
  });
});

test('of several that run, only one that is named', async () => {
  using folder = new TemporaryFolder();
  const state = stateIn(folder);
  await using _running = await registerRun(state.runs, { ...details, logFile: '/logs/server.log' });
  const tunnel = { kind: 'tunnel', url: 'http://127.0.0.1:15001 on deepx', host: 'deepx' } as const;
  await using _tunnel = await registerRun(state.runs, { ...tunnel, logFile: '/logs/tunnel.log' });
  expect(await findLog(state, { kind: undefined, name: undefined })).toMatchObject({
    path: '/logs/server.log',
  });
  expect(await findLog(state, { kind: undefined, name: 'deepx' })).toEqual({
    path: '/logs/tunnel.log',
    kind: 'tunnel',
    runs: true,
  });
  await expect(findLog(state, { kind: undefined, name: String(process.pid) })).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining(`arpo-env logs tunnel ${process.pid}`),
  });
  await expect(findLog(state, { kind: 'tunnel', name: 'other' })).rejects.toMatchObject({
    message: 'no tunnel other runs here',
  });
});
