import { existsSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Systemd } from '../../../src/runs/service/systemd.js';
import { FakeManager, SPEC } from './fake-manager.js';

const { signal } = new AbortController();

test('a user’s unit', async () => {
  using fake = new FakeManager();
  const home = fake.folder.path;
  const { path, text } = await new Systemd(fake.context()).render(SPEC);
  expect(path).toBe(join(home, '.config/systemd/user/arpo-env-serve.service'));
  const lines = text.split('\n');
  for (const line of [
    'WorkingDirectory=/home/user',
    'Environment=PATH=/usr/local/bin:/usr/bin',
    `EnvironmentFile=-${home}/.config/arpo-env/serve.env`,
    'ExecStart=/usr/bin/node /opt/arpo-env/bin/arpo-env.js serve --config /home/user/arpo-env.config.yaml',
    'Restart=on-failure',
    'RestartPreventExitStatus=2',
    'SuccessExitStatus=130',
    'NoNewPrivileges=yes',
    'WantedBy=default.target',
  ]) {
    expect(lines).toContain(line);
  }
  expect(text).not.toMatch(/\{\{|^User=|ProtectSystem/m);
});

test('a machine’s unit runs as the user, more confined', async () => {
  using fake = new FakeManager();
  const context = fake.context({ scope: 'system', configFolder: '/etc/arpo-env', isRoot: true });
  const { path, text } = await new Systemd(context).render({ ...SPEC, kind: 'tunnel', args: ['deepx'] });
  expect(path).toBe('/etc/systemd/system/arpo-env-tunnel.service');
  expect(text).toMatch(/^User=user$/m);
  expect(text).toMatch(/^ProtectSystem=full$/m);
  expect(text).toMatch(/^WantedBy=multi-user\.target$/m);
  expect(text).toMatch(/^EnvironmentFile=-\/etc\/arpo-env\/tunnel\.env$/m);
});

test('what VMware needs is not taken away', async () => {
  using fake = new FakeManager();
  const { text } = await new Systemd(fake.context()).render({ ...SPEC, noNewPrivileges: false });
  expect(text).not.toMatch(/^(NoNewPrivileges|RestrictSUIDSGID)/m);
});

test.each([
  ['--port', '--port'],
  ['a b', '"a b"'],
  ['%h', '"%%h"'],
  ['$HOME', '"$$HOME"'],
  ['"', String.raw`"\""`],
  ['\\', String.raw`"\\"`],
  [';', '";"'],
  ['`id`', '"`id`"'],
  ['', '""'],
  ['two\nlines', String.raw`"two\u000alines"`],
])('the argument %j stays one word, and nothing in it is special', async (argument, word) => {
  using fake = new FakeManager();
  const { text } = await new Systemd(fake.context()).render({ ...SPEC, args: [argument] });
  const [command] = text.match(/^ExecStart=.*$/m) ?? [];
  expect(command).toBe(`ExecStart=/usr/bin/node /opt/arpo-env/bin/arpo-env.js serve ${word}`);
});

test('a working directory is taken as it stands', async () => {
  using fake = new FakeManager();
  const { text } = await new Systemd(fake.context()).render({ ...SPEC, workingDirectory: '/we ird/%h $x' });
  expect(text).toMatch(/^WorkingDirectory=\/we ird\/%%h \$x$/m);
});

test.each(['/two\nlines', '/back\\slash', '/trailing '])(
  'a unit cannot hold the path %j, and says so',
  async (workingDirectory) => {
    using fake = new FakeManager();
    await expect(new Systemd(fake.context()).render({ ...SPEC, workingDirectory })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(JSON.stringify(workingDirectory)),
    });
  },
);

test('install writes the unit and the file for secrets, enables and starts', async () => {
  using fake = new FakeManager();
  const systemd = new Systemd(fake.context());
  await systemd.install(SPEC, signal);
  const { path, text } = await systemd.render(SPEC);
  expect(await readFile(path, 'utf8')).toBe(text);
  const secrets = await stat(systemd.environmentFile('serve'));
  expect(secrets.mode & 0o777).toBe(0o600);
  expect(fake.asked.slice(1)).toEqual([
    'systemctl --user --no-pager daemon-reload',
    'systemctl --user --no-pager enable arpo-env-serve.service',
    'systemctl --user --no-pager restart arpo-env-serve.service',
  ]);
});

test('installing again keeps the secrets, and closes them to others', async () => {
  using fake = new FakeManager();
  const systemd = new Systemd(fake.context());
  await systemd.install(SPEC, signal);
  const file = systemd.environmentFile('serve');
  await writeFile(file, 'ARPO_ENV_TOKEN=s3cret\n');
  await chmod(file, 0o644);
  await systemd.install(SPEC, signal);
  expect(await readFile(file, 'utf8')).toBe('ARPO_ENV_TOKEN=s3cret\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('where systemd does not run, nothing is written', async () => {
  using fake = new FakeManager();
  fake.answers = {
    'show --property=Version': { exitCode: 1, stderr: 'Failed to connect to bus: No medium found\n' },
  };
  const systemd = new Systemd(fake.context());
  await expect(systemd.install(SPEC, signal)).rejects.toMatchObject({
    code: 'E_SERVICE',
    message: 'systemd runs no session of user here (Failed to connect to bus: No medium found)',
    fix: expect.stringContaining('arpo-env serve --detach'),
  });
  expect(existsSync((await systemd.render(SPEC)).path)).toBe(false);
  expect(existsSync(systemd.environmentFile('serve'))).toBe(false);
});

test('a service of the machine is root’s to change', async () => {
  using fake = new FakeManager();
  await expect(new Systemd(fake.context({ scope: 'system' })).install(SPEC, signal)).rejects.toMatchObject({
    code: 'E_NO_PERMISSION',
    fix: expect.stringContaining('sudo'),
  });
  expect(fake.asked).toEqual([]);
});

test('what systemctl refuses is said in its words', async () => {
  using fake = new FakeManager();
  fake.answers = { restart: { exitCode: 1, stderr: 'Job for arpo-env-serve.service failed.\n' } };
  await expect(new Systemd(fake.context()).install(SPEC, signal)).rejects.toMatchObject({
    code: 'E_SERVICE',
    message: 'systemctl restart arpo-env-serve.service failed: Job for arpo-env-serve.service failed.',
  });
});

test.each([
  ['ActiveState=active\nSubState=running\nMainPID=4711\n', 'active', 4711],
  ['ActiveState=failed\nSubState=failed\nMainPID=0\n', 'failed', null],
  ['ActiveState=activating\nSubState=auto-restart\nMainPID=0\n', 'activating (auto-restart)', null],
])('status reads %j', async (stdout, state, pid) => {
  using fake = new FakeManager();
  const systemd = new Systemd(fake.context());
  await systemd.install(SPEC, signal);
  fake.answers = { ActiveState: { stdout } };
  expect(await systemd.status('serve', signal)).toMatchObject({ kind: 'serve', state, pid });
});

test('what is not installed is neither asked for nor removed', async () => {
  using fake = new FakeManager();
  const systemd = new Systemd(fake.context());
  expect(await systemd.status('tunnel', signal)).toMatchObject({ state: 'not installed', pid: null });
  expect(await systemd.uninstall('tunnel', signal)).toBe(false);
  expect(fake.asked).toEqual([]);
});

test('uninstall stops it and removes the unit, not the secrets', async () => {
  using fake = new FakeManager();
  const systemd = new Systemd(fake.context());
  await systemd.install(SPEC, signal);
  fake.asked.length = 0;
  expect(await systemd.uninstall('serve', signal)).toBe(true);
  expect(fake.asked.slice(1)).toEqual([
    'systemctl --user --no-pager disable --now arpo-env-serve.service',
    'systemctl --user --no-pager daemon-reload',
  ]);
  expect(existsSync((await systemd.render(SPEC)).path)).toBe(false);
  expect(existsSync(systemd.environmentFile('serve'))).toBe(true);
});
