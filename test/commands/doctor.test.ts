import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
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

it('--fix without anything safe to mend says so', async () => {
  const { stderr, exitCode } = await doctor('provider: sim', '--only', 'machine.node', '--fix');
  expect(stderr).toContain('nothing here can be mended safely without you');
  expect(exitCode).toBe(0);
});
