import { expect, test } from 'vitest';
import { identifyProcess } from '../../src/platform/process.js';
import { CliSandbox } from '../support/cli.js';
import { NodeChild, OBEDIENT } from '../support/node-child.js';

test('only what is named is stopped, and the document says how', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const entry = {
    kind: 'tunnel',
    url: 'http://127.0.0.1:15001',
    process: await identifyProcess(child.pid),
    provider: null,
    envs: null,
    startedAt: new Date().toISOString(),
    logFile: null,
    version: '0.0.0',
  };
  await using sandbox = new CliSandbox({
    [`state/instances/tunnel-${child.pid}.json`]: JSON.stringify(entry),
  });
  expect(await sandbox.run(['stop', 'server'])).toMatchObject({ exitCode: 0, stdout: 'nothing runs here\n' });
  const { exitCode, stdout } = await sandbox.run(['stop', 'tunnel', '--json']);
  expect(exitCode).toBe(0);
  const stopped = { kind: 'tunnel', url: entry.url, pid: child.pid, how: 'exited' };
  expect(JSON.parse(stdout)).toEqual({ stopped: [stopped] });
  expect(await identifyProcess(child.pid)).toBeNull();
});
