import { expect, it } from 'vitest';
import { answeringRun, runHealth } from '../../src/env-api/run-health.js';
import { listRuns, registerRun } from '../../src/runs/registry.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startTestServer } from '../support/test-server.js';

const options = { signal: AbortSignal.timeout(10_000) };
const server = { kind: 'server', provider: 'sim', envs: 1, logFile: null } as const;

/** This test process's entry as it stands in the folder. */
async function entryIn(folder: string) {
  const [entry] = (await listRuns(folder)).running.filter((run) => run.kind === 'server');
  if (entry === undefined) throw new Error('there is no entry');
  return entry;
}

it('who answers before it has started is not to be relied on', async () => {
  using folder = new TemporaryFolder();
  await using it = await startTestServer();
  await using registration = await registerRun(folder.path, {
    ...server,
    url: it.server.url.href,
    starting: true,
  });
  expect(await answeringRun(folder.path, process.pid, options)).toBeNull();
  await registration.update({ starting: false });
  expect(await answeringRun(folder.path, process.pid, options)).toMatchObject({
    url: it.server.url.href,
  });
});

it.each([
  [true, { state: 'starting', healthy: true }],
  [false, { state: 'silent', healthy: false }],
])('who does not answer, starting: %s', async (starting, health) => {
  using folder = new TemporaryFolder();
  await using _entry = await registerRun(folder.path, {
    ...server,
    url: 'http://127.0.0.1:1',
    starting,
  });
  expect(await runHealth(await entryIn(folder.path), options)).toMatchObject(health);
});
