import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

async function doctor(config: string, ...args: string[]) {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml': config });
  return await execa(process.execPath, [bin, 'doctor', '--role', 'vm', ...args], {
    cwd: folder.path,
    env: { HOME: folder.path, ARPO_ENV_STATE_DIR: folder.path },
    reject: false,
    stdin: 'ignore',
  });
}

it('--list names every check, also for machines', async () => {
  const { stdout, exitCode } = await doctor('{}', '--list', '--json');
  expect(exitCode).toBe(0);
  const { checks } = JSON.parse(stdout) as { checks: { id: string }[] };
  expect(checks.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['server.listening', 'trainer.max-steps']),
  );
});

it('a config that cannot be used is the verdict, and exits 3', async () => {
  const { stdout, exitCode } = await doctor('server: { port: abc }', '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: { check: 'config.file', seen: expect.stringContaining('server.port') },
  });
});

it('what is in order exits 0', async () => {
  const { stdout, stderr, exitCode } = await doctor('provider: sim', '--only', 'machine.node');
  expect(stdout).toContain('✓ No link is broken.');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

it('an unknown check is wrong usage', async () => {
  const { stderr, exitCode } = await doctor('{}', '--only', 'servr');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('did you mean server?');
});

it('--fix without anything safe to fix says so', async () => {
  const { stderr, exitCode } = await doctor('provider: sim', '--only', 'machine.node', '--fix');
  expect(stderr).toContain('nothing here can be fixed safely and automatically');
  expect(exitCode).toBe(0);
});

describe.skipIf(process.platform === 'win32')('with a token file that others can read', () => {
  const FILES = {
    'arpo-env.config.yaml': 'provider: sim\nserver: { tokenFile: token }\n',
    token: 'abcdefgh\n',
  };
  const DOCTOR = ['doctor', '--role', 'vm', '--only', 'config.token'];
  const sandbox = () => {
    const made = new CliSandbox(FILES);
    chmodSync(join(made.folder.path, 'token'), 0o644);
    return made;
  };
  const mode = ({ folder }: CliSandbox) => statSync(join(folder.path, 'token')).mode & 0o777;

  it('--fix shows the fix, asks, applies it, and looks again', async () => {
    await using it = sandbox();
    const { stdout, stderr, exitCode } = await it.answer([...DOCTOR, '--fix'], 'y\n');
    expect(stderr).toMatch(/^→ chmod 600 .*token$/m);
    expect(stderr).toContain('apply it? [y/N]');
    expect(stdout).toMatch(/The chain breaks at: config — .*No link is broken\./s);
    expect(exitCode).toBe(0);
    expect(mode(it)).toBe(0o600);
  });

  it('--fix leaves it alone when the answer is no', async () => {
    await using it = sandbox();
    const { stdout, exitCode } = await it.answer([...DOCTOR, '--fix'], '\n');
    expect(stdout.match(/The chain breaks at/g)).toHaveLength(1);
    expect(exitCode).toBe(3);
    expect(mode(it)).toBe(0o644);
  });

  it('--fix --yes asks nothing', async () => {
    await using it = sandbox();
    const { stderr, exitCode } = await it.run([...DOCTOR, '--fix', '--yes']);
    expect(stderr).toMatch(/^→ chmod 600 .*token$/m);
    expect(stderr).not.toContain('[y/N]');
    expect(exitCode).toBe(0);
    expect(mode(it)).toBe(0o600);
  });

  it('--watch says it when that is fixed, and ends with Ctrl-C', async () => {
    await using it = sandbox();
    const watching = it.start([...DOCTOR, '--watch']);
    await watching.readUntil(/The chain breaks at: config — /);
    chmodSync(join(it.folder.path, 'token'), 0o600);
    await watching.readUntil(/No link is broken\./);
    watching.child.kill('SIGINT');
    expect((await watching.waitForExit()).exitCode).toBe(130);
  });
});
