import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import got from 'got';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { groupMembers } from '../../src/host/process.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const app = fileURLToPath(new URL('fixtures/remote_env_server.py', import.meta.url));

const venv = fileURLToPath(new URL('../../.e2e-venv', import.meta.url));

/** A repo as the seeds have it: the server under scripts/, a venv next to it, nothing of ours. */
function makeRepo(): TemporaryFolder {
  const repo = new TemporaryFolder();
  mkdirSync(join(repo.path, 'scripts'));
  copyFileSync(app, join(repo.path, 'scripts/remote_env_server.py'));
  return repo;
}

describeWith('python3', '--engine uvicorn with a real FastAPI app', () => {
  let repo: TemporaryFolder;

  beforeAll(() => {
    expect(existsSync(venv), 'run scripts/e2e-setup.sh first').toBe(true);
    repo = makeRepo();
    symlinkSync(venv, join(repo.path, '.venv'));
  });
  afterAll(() => repo[Symbol.dispose]());

  const serve = (folder: TemporaryFolder, ...args: string[]) => [
    'serve',
    '--engine',
    'uvicorn',
    '--repo',
    folder.path,
    '--port',
    '0',
    '--detach',
    '--json',
    ...args,
  ];

  it('serves it, restarts it after a crash, and leaves nothing after stop', async () => {
    await using sandbox = new CliSandbox();
    const started = await sandbox.run(serve(repo, '--provider', 'docker', '--ready-timeout', '1h'));
    expect(started.exitCode, started.stdout).toBe(0);
    const { url, logFile } = JSON.parse(started.stdout);
    expect(await got(new URL('/variables', url)).json()).toEqual({
      PROVIDER: 'docker',
      DOCKER_VM_READY_TIMEOUT: '3600',
      VIRTUAL_ENV: join(repo.path, '.venv'),
    });

    const first = (await sandbox.runs())[0]?.helper;
    await got.post(new URL('/crash', url), { retry: { limit: 0 } }).catch(() => undefined);
    const isBack = async () => {
      expect((await sandbox.runs())[0]?.helper).not.toEqual(first);
      expect(await got(new URL('/health', url), { retry: { limit: 0 } }).json()).toEqual({ status: 'ok' });
    };
    await vi.waitFor(isBack, { timeout: 30_000, interval: 100 });
    expect(await readFile(logFile, 'utf8')).toContain(
      'ended (exit code 7); starting it again in 1 s (1 of 6)',
    );

    const second = (await sandbox.runs())[0]?.helper;
    if (!second) throw new Error('no Python process is registered');
    expect(await groupMembers(second)).not.toEqual([]);
    expect((await sandbox.run(['stop'])).exitCode).toBe(0);
    expect(await groupMembers(second)).toEqual([]);
    expect(await readdir(sandbox.state.runs)).toEqual([]);
  });

  it('is prewarmed with one reset, and left alone the next time', async () => {
    await using sandbox = new CliSandbox();
    await sandbox.run(serve(repo));
    const first = await sandbox.run(['prewarm', '--out', 'a.png', '--json']);
    const screenshot = join(sandbox.folder.path, 'a.png');
    expect(JSON.parse(first.stdout)).toMatchObject({ by: 'reset', screenshot });
    expect((await readFile(screenshot)).toString('latin1')).toContain('from python');
    const second = await sandbox.run(['prewarm', '--out', 'a.png', '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ by: 'already' });
  });

  it('--prewarm resets it once by itself', async () => {
    await using sandbox = new CliSandbox();
    const { url, logFile } = JSON.parse((await sandbox.run(serve(repo, '--prewarm'))).stdout);
    await eventually(async () =>
      expect(await readFile(logFile, 'utf8')).toContain('prewarmed: the env is ready'),
    );
    const history = await got
      .post(new URL('/env/history_messages', url))
      .json<{ history_messages: unknown[] }>();
    expect(history.history_messages).toHaveLength(1);
  });

  it.each([
    [
      'an app that is not in the module',
      ['--app', 'scripts.remote_env_server:nothing'],
      'Attribute "nothing" not found',
    ],
    [
      'a module that is not in the repo',
      ['--app', 'scripts.elsewhere:app'],
      'has no module scripts.elsewhere',
    ],
  ])('says %s', async (_what, args, words) => {
    await using sandbox = new CliSandbox();
    const { exitCode, stdout } = await sandbox.run(serve(repo, ...args));
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'E_ENGINE',
      message: expect.stringContaining(words),
    });
  });

  it('says that uvicorn is not installed, and how to install it', async () => {
    using bare = makeRepo();
    await execa('python3', ['-m', 'venv', '--without-pip', join(bare.path, '.venv')]);
    await using sandbox = new CliSandbox();
    const { exitCode, stdout } = await sandbox.run(serve(bare));
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'E_ENGINE',
      fix: `install it: ${bare.path}/.venv/bin/python -m pip install uvicorn`,
    });
  });
});
