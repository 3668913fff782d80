import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { registerRun } from '../../src/runs/registry.js';
import { CliSandbox } from '../support/cli.js';
import { fixturePng } from '../support/fixture-guest.js';
import { taskNamed } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

test('without a URL it is the server that runs here; the screenshot is where --out says', async () => {
  await using running = await startTestServer();
  await using sandbox = new CliSandbox({ 'task.json': JSON.stringify(taskNamed('mine')) });
  const url = running.server.url.origin;
  const details = { kind: 'server', url, provider: 'sim', envs: 1, logFile: null } as const;
  await using _registration = await registerRun(sandbox.state.runs, details);

  const { exitCode, stdout, stderr } = await sandbox.run([
    'prewarm',
    '--task',
    'task.json',
    '--out',
    'shots/a.png',
  ]);
  const file = join(sandbox.folder.path, 'shots/a.png');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `screenshot ${file}\n` });
  expect(stderr).toMatch(/✓ the env is ready\n$/);
  expect(await readFile(file)).toEqual(fixturePng('screen 0'));
  expect(running.server.envs.all[0]?.status.task).toBe('mine');

  const again = await sandbox.run(['prewarm', url, '--json']);
  const screenshot = join(sandbox.folder.path, 'arpo-env-prewarm.png');
  expect(JSON.parse(again.stdout)).toEqual({ url: `${url}/`, by: 'already', screenshot });
});

test('an env that fails is exit 3 with the reason', async () => {
  await using running = await startTestServer({ resetAttempts: 1 });
  running.provider.onStart = () => {
    throw new Error('no kernel');
  };
  await using sandbox = new CliSandbox();
  const { exitCode, stdout, stderr } = await sandbox.run(['prewarm', running.server.url.href, '--json']);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout).error.message).toContain('no kernel');
  expect(stderr).not.toMatch(/^✗/m); // one failure, said once
});

test.each([
  [
    ['prewarm', 'http://127.0.0.1:1'],
    3,
    /^… prewarming 127\.0\.0\.1:1\n✗ no env server answers at http:\/\/127\.0\.0\.1:1\//,
  ],
  [['prewarm', 'deepx'], 2, /✗ "deepx" is not the http URL of a server/],
  [['prewarm', '--task', 'none.json'], 2, /✗ the task file none\.json does not exist\n→ give the JSON file/],
])('%j exits %i', async (args, code, message) => {
  await using sandbox = new CliSandbox();
  const { exitCode, stderr } = await sandbox.run(args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(code);
});

test('with several servers here it asks which one', async () => {
  await using sandbox = new CliSandbox();
  const details = { kind: 'server', provider: 'sim', envs: 1, logFile: null } as const;
  await using _registration = await registerRun(sandbox.state.runs, {
    ...details,
    url: 'http://127.0.0.1:1',
  });
  const [file = ''] = await readdir(sandbox.state.runs);
  const entry = await readFile(join(sandbox.state.runs, file), 'utf8');
  sandbox.folder.write('state/runs/server-0.json', entry.replace('127.0.0.1:1', '127.0.0.1:2'));
  const { exitCode, stderr } = await sandbox.run(['prewarm']);
  // Both entries name this very process: the sandbox, which stops what is left, must not find the second.
  await rm(join(sandbox.state.runs, 'server-0.json'));
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr:
      '✗ 2 env servers run here: http://127.0.0.1:2, http://127.0.0.1:1\n→ say which: arpo-env prewarm http://127.0.0.1:2\n',
  });
});

test('a screenshot that would replace a folder is wrong usage', async () => {
  await using running = await startTestServer();
  await using sandbox = new CliSandbox({ 'shots/x': '' });
  const { exitCode, stderr } = await sandbox.run(['prewarm', running.server.url.href, '--out', 'shots']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/✗ .*shots is a folder, and a file is needed\n→ name a file\n$/);
});
