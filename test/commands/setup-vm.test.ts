import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

async function setupVm(...args: string[]) {
  using folder = new TemporaryFolder();
  return await execa(process.execPath, [bin, 'setup-vm', ...args], {
    cwd: folder.path,
    env: { ARPO_ENV_STATE_DIR: folder.path },
    reject: false,
    stdin: 'ignore',
  });
}

test('a step that does not exist is named before anything is looked at', async () => {
  expect(await setupVm('--only', 'dokcer')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^✗ there is no step dokcer\n→ the steps are: preflight, packages, .*, services$/,
    ),
  });
});

test('a setting that is wrong is named by its flag', async () => {
  const { exitCode, stderr } = await setupVm('--docker-source', 'snap');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('✗ --docker-source: found "snap", allowed: docker, distro, present');
});

test('--json prints the error as a document', async () => {
  const { stdout, stderr } = await setupVm('--json', '--skip', 'nothing');
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'E_USAGE', message: 'there is no step nothing' },
  });
  expect(stderr).toBe('');
});

test('a host that ssh would take for an option is refused', async () => {
  expect(await setupVm('--host=-oProxyCommand=true')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('✗ "-oProxyCommand=true" is not an SSH host'),
  });
});

test('--remove takes only what may be named', async () => {
  const { exitCode, stderr } = await setupVm('--uninstall', '--remove', 'home');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('repo, image, qcow2');
});

test('--dry-run prints a script that a shell can parse and changes nothing', async () => {
  // Of all steps this one needs no particular machine.
  const { exitCode, stdout } = await setupVm('--dry-run', '--skip', 'preflight', '--only', 'config');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^#!\/usr\/bin\/env bash\n# What arpo-env setup-vm would do on this machine/);
  expect((await execa('bash', ['-n'], { input: stdout, reject: false })).exitCode).toBe(0);
});

test('what comes to the last step ends with the doctor, also as a script', async () => {
  const { stdout } = await setupVm('--dry-run', '--skip', 'preflight', '--from', 'config');
  expect(stdout).toMatch(
    /# Verification \(doctor\)[\s\S]*with_docker .* doctor --role vm --config .*arpo-env\.config\.yaml$/,
  );
  const { stdout: partly } = await setupVm('--dry-run', '--skip', 'preflight', '--only', 'config');
  expect(partly).not.toContain('Verification');
  expect(partly).not.toMatch(/^\s*\S+ .*doctor --role/m);
});
