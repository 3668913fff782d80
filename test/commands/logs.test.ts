import { appendFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CliSandbox } from '../support/cli.js';

const LOG = 'state/logs/server-2026-11-21T10-00-00-000Z.log';

test('the last lines of what ran last, and that it does not run', async () => {
  await using sandbox = new CliSandbox({ [LOG]: 'one\ntwo\nthree\n' });
  const { exitCode, stdout, stderr } = await sandbox.run(['logs', '-n', '2']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'two\nthree\n' });
  expect(stderr).toMatch(/^! no server runs; this is the log of the last one, .*server-2026-11-21T10/);
});

test('-f goes on with new lines until Ctrl-C', async () => {
  await using sandbox = new CliSandbox({ [LOG]: 'before\n' });
  const cli = sandbox.start(['logs', '-f', '-n', '1']);
  await cli.readUntil(/^before\n/);
  await appendFile(`${sandbox.folder.path}/${LOG}`, 'after\n');
  await cli.readUntil(/^before\nafter\n/);
  cli.child.kill('SIGINT');
  expect(await cli.waitForExit()).toMatchObject({ exitCode: 130, stdout: 'before\nafter\n' });
});

test('-f ends when nobody reads it any more', async () => {
  await using sandbox = new CliSandbox({ [LOG]: 'before\n' });
  const cli = sandbox.start(['logs', '-f']);
  await cli.readUntil(/^before\n/);
  cli.child.stdout?.destroy();
  const path = `${sandbox.folder.path}/${LOG}`;
  const writer = setInterval(() => void appendFile(path, 'after\n'), 50);
  const { exitCode, stderr } = await cli.waitForExit().finally(() => clearInterval(writer));
  expect(exitCode).toBe(0);
  expect(stderr).not.toContain('EPIPE');
});

test('--json: documents as they are, other lines as documents', async () => {
  await using sandbox = new CliSandbox({ [LOG]: '{"level":"info","msg":"x"}\nTraceback\n' });
  const { stdout } = await sandbox.run(['logs', '--json']);
  expect(stdout).toBe('{"level":"info","msg":"x"}\n{"line":"Traceback"}\n');
});

test.each([
  [['logs'], 1, /✗ no server runs here, and none has left a log/],
  [['logs', 'tunnel'], 1, /✗ no tunnel runs here.*\n→ .*arpo-env tunnel HOST --detach\n$/],
  [['logs', '-n', 'many'], 2, /✗ --lines many: not a number of lines/],
  [['logs', 'desktop'], 2, /server, tunnel/],
])('%j exits %i', async (args, code, message) => {
  await using sandbox = new CliSandbox();
  const { exitCode, stderr } = await sandbox.run(args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(code);
});
