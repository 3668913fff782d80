import { chmodSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { CliSandbox } from '../support/cli.js';

/** A systemctl that writes down what it is asked. */
const SYSTEMCTL = `#!/bin/sh
echo "$@" >> "$HOME/asked"
case "$*" in *ActiveState*) echo ActiveState=active; echo MainPID=4711;; esac
`;

test.runIf(process.platform === 'linux')('--dry-run prints the unit and writes nothing', async () => {
  await using sandbox = new CliSandbox({ 'arpo-env.config.yaml': 'server:\n  envs: 2\n' });
  const flags = ['--dry-run', '--', '--provider', 'sim'];
  const { exitCode, stdout, stderr } = await sandbox.run(['service', 'install', 'serve', ...flags]);
  expect(exitCode).toBe(0);
  const config = join(sandbox.folder.path, 'arpo-env.config.yaml');
  expect(stdout).toContain(`arpo-env.js serve --config ${config} --provider sim\n`);
  expect(stdout).toContain(`WorkingDirectory=${sandbox.folder.path}\n`);
  expect(stderr).toContain('.config/systemd/user/arpo-env-serve.service');
  expect(await readdir(sandbox.folder.path)).toEqual(['arpo-env.config.yaml']);
});

test.runIf(process.platform === 'linux')('install, status, uninstall', async () => {
  await using sandbox = new CliSandbox({ 'bin/systemctl': SYSTEMCTL });
  const home = sandbox.folder.path;
  chmodSync(join(home, 'bin/systemctl'), 0o755);
  const env = { PATH: [join(home, 'bin'), process.env.PATH].join(delimiter) };
  const unit = join(home, '.config/systemd/user/arpo-env-tunnel.service');

  const installed = await sandbox.run(['service', 'install', 'tunnel', 'deepx'], env);
  expect(installed.exitCode).toBe(0);
  expect(installed.stderr).toContain(`✓ tunnel is a systemd service now, active: ${unit}`);
  expect(await readFile(unit, 'utf8')).toMatch(/^ExecStart=.* tunnel deepx$/m);

  const status = await sandbox.run(['service', 'status', '--json'], env);
  expect(JSON.parse(status.stdout).services).toEqual([
    expect.objectContaining({ kind: 'serve', state: 'not installed' }),
    { kind: 'tunnel', state: 'active', pid: 4711, file: unit },
  ]);

  const removed = await sandbox.run(['service', 'uninstall', 'tunnel'], env);
  expect(removed).toMatchObject({ exitCode: 0, stdout: 'tunnel is stopped and removed\n' });
  expect(await readFile(join(home, 'asked'), 'utf8')).toMatch(
    /--user .*disable --now arpo-env-tunnel\.service/,
  );
  expect(await readdir(join(home, '.config/systemd/user'))).toEqual([]);
});

test.each([
  [['service', 'install', 'desktop'], /serve, tunnel/],
  [['service', 'install', 'serve', '--user', '--system'], /cannot be used with/],
])('%j is wrong usage', async (args, message) => {
  await using sandbox = new CliSandbox();
  const { exitCode, stderr } = await sandbox.run(args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
});
