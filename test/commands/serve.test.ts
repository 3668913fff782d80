import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import got from 'got';
import { expect, test, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { identifyProcess } from '../../src/host/process.js';
import { commandLine, descendants } from '../../src/host/process-table.js';
import { CliSandbox } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { FakePythonRepo } from '../support/fake-python-repo.js';

// Up to five programs start one after another; how long that takes is the machine's affair.
vi.setConfig({ testTimeout: 120_000 });

const SERVE = ['serve', '--provider', 'sim', '--port', '0'];

interface Detached {
  url: string;
  pid: number;
  provider: string;
  envs: number;
  logFile: string;
}

async function detach(
  sandbox: CliSandbox,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Detached> {
  const { exitCode, stdout, stderr } = await sandbox.run([...args, '--detach', '--json'], env);
  expect(stderr).not.toContain('✗');
  expect(exitCode, stdout).toBe(0);
  return JSON.parse(stdout);
}

function status(url: string | URL, route: string, headers: Record<string, string> = {}): Promise<number> {
  const options = { headers, throwHttpErrors: false, retry: { limit: 0 } };
  return got(new URL(route, url), options).then(({ statusCode }) => statusCode);
}

test('in the foreground: one document when it listens, a log of JSON lines, an orderly end on Ctrl-C', async () => {
  await using sandbox = new CliSandbox();
  const cli = sandbox.start([...SERVE, '--envs', '2', '--json']);
  const [line] = await cli.readUntil(/^\{.*\}$/m);
  const document = JSON.parse(line);
  expect(document).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    pid: cli.child.pid,
    provider: 'sim',
    envs: 2,
  });
  expect(await status(document.url, 'envs/1/health')).toBe(200);
  expect(await sandbox.runs()).toMatchObject([{ kind: 'server', url: document.url, logFile: null }]);

  cli.child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await cli.waitForExit();
  expect(exitCode).toBe(130);
  expect(stdout).toBe(`${line}\n`);
  const log = stderr
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text).msg);
  expect(log.slice(0, 4)).toEqual([
    expect.stringMatching(
      /^Startup: PROVIDER=sim, envs=2, standby=0, dialect=uitars, pace=reference, maxSteps=16$/,
    ),
    expect.stringMatching(/^(✓ KVM detected|⚠ KVM not found): /),
    'Boot budget: 5 min 00 s (provider sim does not depend on KVM)',
    'Coordinates: pixels of the resized screenshot (server.model unset: as ui-tars-1.5)',
  ]);
  expect(log.join('\n')).toContain(`env.remote_server_url: "${document.url}"`);
  expect(await readdir(sandbox.state.runs)).toEqual([]);
});

test('in the background: answers when the command returns, boots ahead, keeps its port, is gone after stop', async () => {
  await using sandbox = new CliSandbox();
  const { exitCode, stdout } = await sandbox.run([...SERVE, '--standby', '1', '--prewarm', '--detach']);
  expect(exitCode).toBe(0);
  const [, url = '', pid = '', log = ''] = stdout.match(/^url {2}(\S+)\npid {2}(\d+)\nlog {2}(\S+)\n$/) ?? [];
  expect(await status(url, 'health')).toBe(200);
  expect(await readFile(log, 'utf8')).toContain('Startup: PROVIDER=sim');
  if (process.platform !== 'win32') expect((await stat(log)).mode & 0o777).toBe(0o600);
  await eventually(async () => expect(await status(url, 'ready')).toBe(200));

  const { port } = new URL(url);
  const second = await sandbox.run(['serve', '--provider', 'sim', '--port', port]);
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain(`✗ port ${port} on 127.0.0.1 is in use`);
  if (process.platform === 'linux') {
    expect(second.stderr).toMatch(new RegExp(`pid ${pid} \\(.*serve`));
    expect(second.stderr).toContain(
      `→ stop it: arpo-env stop server ${port}, or choose another port with --port\n`,
    );
  }

  // As the fix prints it: this one and no other.
  expect(await sandbox.run(['stop', 'server', port])).toMatchObject({
    exitCode: 0,
    stderr: `✓ server pid ${pid}: stopped\n`,
  });
  expect(await identifyProcess(Number(pid))).toBeNull();
  expect(await readdir(sandbox.state.runs)).toEqual([]);
  expect(await sandbox.run(['stop'])).toMatchObject({
    exitCode: 0,
    stdout: 'no server or tunnel runs here\n',
  });
});

test('the token reaches the background by environment or file, and no command line or log shows it', async () => {
  await using sandbox = new CliSandbox();
  const token = 'a-token-that-nobody-sees';
  const { url, pid, logFile } = await detach(sandbox, SERVE, { ARPO_ENV_TOKEN: token });
  expect(await status(url, 'health')).toBe(401);
  expect(await status(url, 'health', { authorization: `Bearer ${token}` })).toBe(200);
  expect(await readFile(logFile, 'utf8')).not.toContain(token);
  if (process.platform === 'linux')
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(token);

  const { stdout } = await sandbox.run(['status', '--json']);
  expect(JSON.parse(stdout).runs).toMatchObject([{ state: 'locked' }]);
});

test('after kill -9 nobody believes the entry, and the port is free for the next', async () => {
  await using sandbox = new CliSandbox();
  const { url, pid } = await detach(sandbox, SERVE);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => expect(await identifyProcess(pid)).toBeNull());

  const { port } = new URL(url);
  const next = await detach(sandbox, ['serve', '--provider', 'sim', '--port', port]);
  expect(next).toMatchObject({ url, provider: 'sim' });
  expect(await readFile(next.logFile, 'utf8')).toContain(
    `forgot server pid ${pid} (${url}), which ended without stopping`,
  );
  expect(await sandbox.runs()).toMatchObject([{ process: { pid: next.pid } }]);
});

test.each([
  [
    ['--envs', '0', '--dialect', 'latin', '--ready-timeout', 'soon'],
    [
      /^✗ 3 flags are wrong:/,
      /^ {2}--envs: found 0,/m,
      /^ {2}--dialect: .*uitars, uitars-reference$/m,
      /^ {2}--ready-timeout: /m,
      /^→ .*--help/m,
    ],
  ],
  [['--host', '0.0.0.0'], [/^✗ 0\.0\.0\.0 can be reached from other machines.*\n→ .*--token-file/]],
  [['--engine', 'uvicorn'], [/runs the env server of a repo, and none is named/]],
])('%j is wrong usage', async (flags, messages) => {
  await using sandbox = new CliSandbox();
  const { exitCode, stderr, stdout } = await sandbox.run(['serve', '--port', '0', ...flags]);
  for (const message of messages) expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
});

test('the uvicorn engine: supervised, named in status, ended by stop', async () => {
  using repo = new FakePythonRepo();
  await using sandbox = new CliSandbox();
  const args = [
    'serve',
    '--engine',
    'uvicorn',
    '--repo',
    repo.path,
    '--port',
    '0',
    '--dialect',
    'uitars-reference',
  ];
  const { url, logFile } = await detach(sandbox, args);
  expect(await status(url, 'docs')).toBe(200);
  expect(await readFile(logFile, 'utf8')).toContain(
    'without effect on the Python env server: server.dialect',
  );
  expect((await sandbox.run(['status'])).stdout).toMatch(/^server +http\S+ +auto +answers /m);
  expect((await sandbox.run(['stop'])).exitCode).toBe(0);
  expect(await Promise.all(repo.starts.map(identifyProcess))).toEqual([null]);
});

test('a killed supervisor’s Python server ends with it', async () => {
  using repo = new FakePythonRepo();
  await using sandbox = new CliSandbox();
  const { pid } = await detach(sandbox, ['serve', '--engine', 'uvicorn', '--repo', repo.path, '--port', '0']);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => expect(await Promise.all(repo.starts.map(identifyProcess))).toEqual([null]));
  await eventually(async () => expect((await sandbox.run(['status'])).exitCode).toBe(0));
});

test('where what ends it is killed too, it is reported, and the next stop ends it', async () => {
  using repo = new FakePythonRepo();
  await using sandbox = new CliSandbox();
  const { pid } = await detach(sandbox, ['serve', '--engine', 'uvicorn', '--repo', repo.path, '--port', '0']);
  for (const below of await descendants(pid))
    if ((await commandLine(below)).includes('arpo-env-group-reaper')) process.kill(below, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await eventually(async () => expect(await identifyProcess(pid)).toBeNull());
  const [python = 0] = repo.starts;

  const seen = await sandbox.run(['status']);
  expect(seen.exitCode).toBe(3);
  expect(seen.stderr).toContain(`it left pid ${python} running; end it: arpo-env stop`);
  expect(await sandbox.run(['stop'])).toMatchObject({
    exitCode: 0,
    stderr: `✓ server pid ${pid}: was dead already; what it left is removed\n`,
  });
  expect(await identifyProcess(python)).toBeNull();
  expect(await readdir(sandbox.state.runs)).toEqual([]);
});

test('a Python server that does not start fails the command with its words', async () => {
  using repo = new FakePythonRepo({ broken: '' });
  await using sandbox = new CliSandbox();
  const args = ['serve', '--engine', 'uvicorn', '--repo', repo.path, '--port', '0', '--detach'];
  const { exitCode, stderr } = await sandbox.run(args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('ImportError: no module named torch');
  expect(existsSync(sandbox.state.runs) ? await readdir(sandbox.state.runs) : []).toEqual([]);
});

test('--help names the defaults that the schema has', async () => {
  await using sandbox = new CliSandbox();
  const help = (await sandbox.run(['serve', '--help'])).stdout.replace(/\s+/g, ' ');
  const { server, provider } = configSchema.parse({});
  const { host, port, envs, standby, maxSteps, dialect, evaluateErrors, engine, app } = server;
  for (const [flag, value] of Object.entries({
    provider,
    host,
    port,
    envs,
    standby,
    'max-steps': maxSteps,
    dialect,
    'evaluate-errors': evaluateErrors,
    engine,
    app,
  })) {
    const [text = ''] = new RegExp(`--${flag} <.*?(?= --[a-z-]+ [<a-z])`).exec(help) ?? [];
    expect(text).toContain(`default: ${value}`);
  }
});

test.each([
  ['a file that is not there', 'nope', / does not exist\n→ openssl rand -hex 32 > /],
  ['a folder', 'folder', / is a folder\n→ name the file/],
  ['an empty file', 'empty', /✗ the token file .*(is empty|open to other users)/],
])('a token cannot come from %s', async (_what, name, message) => {
  await using sandbox = new CliSandbox({ 'folder/x': '', empty: '' });
  const { exitCode, stderr } = await sandbox.run([...SERVE, '--token-file', name]);
  expect(stderr).toMatch(message);
  expect([1, 2]).toContain(exitCode);
});
