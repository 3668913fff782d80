import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const print = (cwd: string, args: string[] = [], env: Record<string, string> = {}) =>
  execa(process.execPath, [bin, 'config', 'print', ...args], { cwd, env, reject: false });

test('a table of key, value and source on stdout, warnings on stderr', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('arpo-env.config.yaml', 'provider: sim\n');
  const { exitCode, stdout, stderr } = await print(folder.path, [], {
    SCREEN_WIDTH: '1280',
    ARPO_ENV_SERVR_PORT: '1',
  });
  expect(exitCode).toBe(0);
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual(['key', 'value', 'source']);
  expect(rows).toContainEqual(['provider', 'sim', file]);
  expect(rows).toContainEqual(['screen.width', '1280', 'env SCREEN_WIDTH']);
  expect(rows).toContainEqual(['server.tokenFile', '–', 'default']);
  expect(stderr).toBe('! the variable ARPO_ENV_SERVR_PORT sets nothing; did you mean ARPO_ENV_SERVER_PORT?');
});

test('--json is one document with the same', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('other.yaml', 'server: { readyTimeout: 1h, token: s3cret }\n');
  const { stdout } = await print(folder.path, ['--json', '--config', 'other.yaml']);
  const document = JSON.parse(stdout) as { file: string; values: unknown[] };
  expect(document.file).toBe(file);
  expect(document.values).toContainEqual({ key: 'server.readyTimeout', value: '1h', source: file });
  expect(document.values).toContainEqual({ key: 'server.token', value: '(hidden)', source: file });
});

test('a broken config exits 2 with one error, as JSON where asked for', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('arpo-env.config.yaml', 'server:\n  prot: 1\n');
  const message = `${file}: server.prot: no such key; did you mean server.port?`;
  const forPerson = await print(folder.path);
  expect(forPerson).toMatchObject({ exitCode: 2, stdout: '' });
  expect(forPerson.stderr).toContain(`✗ ${message}\n→ `);
  const forMachine = await print(folder.path, ['--json']);
  expect(forMachine.exitCode).toBe(2);
  expect(JSON.parse(forMachine.stdout)).toMatchObject({ error: { code: 'E_CONFIG', message } });
});
