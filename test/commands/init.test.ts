import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const run = (cwd: string, ...args: string[]) =>
  execa(process.execPath, [bin, ...args], { cwd, reject: false, stdin: 'ignore' });

test('it writes a config that holds, and says where', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'arpo-env.config.yaml');
  const args = ['--provider', 'docker', '--host', 'deepx', '--port', '19000', '--remote-port', '15001'];
  expect(await run(folder.path, 'init', ...args)).toMatchObject({
    exitCode: 0,
    stdout: `wrote ${file}`,
    stderr: '',
  });
  const printed = await run(folder.path, 'config', 'print', '--json');
  const { values } = JSON.parse(printed.stdout) as {
    values: { key: string; source: string; value: unknown }[];
  };
  expect(values.filter(({ source }) => source !== 'default')).toEqual([
    { key: 'provider', value: 'docker', source: file },
    { key: 'server.port', value: 19000, source: file },
    { key: 'tunnel.host', value: 'deepx', source: file },
  ]);
});

test('--json is one document', async () => {
  using folder = new TemporaryFolder();
  const { stdout } = await run(folder.path, 'init', '--json', '--out', 'mine.yml');
  expect(JSON.parse(stdout)).toEqual({ file: join(folder.path, 'mine.yml') });
});

test('a file that is there stays, unless --force', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('arpo-env.config.yaml', 'provider: sim\n');
  expect(await run(folder.path, 'init')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: `✗ ${file} is there already\n→ look at it with \`arpo-env config print\`, or replace it with --force`,
  });
  expect(readFileSync(file, 'utf8')).toBe('provider: sim\n');
  expect(await run(folder.path, 'init', '--force')).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toContain('#provider: auto\n');
});

test('a wrong setting is named before anything is written', async () => {
  using folder = new TemporaryFolder();
  const { exitCode, stderr } = await run(folder.path, 'init', '--port', 'http');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('✗ --port: found "http", allowed: a whole number from 0 to 65535\n→ ');
  expect(() => readFileSync(join(folder.path, 'arpo-env.config.yaml'))).toThrow('ENOENT');
});

test('a path that cannot be used is named with what to do', async () => {
  using folder = new TemporaryFolder();
  mkdirSync(join(folder.path, 'x.yaml'));
  const noFolder = await run(folder.path, 'init', '--out', 'no/such/c.yaml');
  expect(noFolder).toMatchObject({ exitCode: 2 });
  expect(noFolder.stderr).toContain(`→ mkdir -p '${join(folder.path, 'no/such')}'`);
  expect(await run(folder.path, 'init', '--out', 'c.json')).toMatchObject({ exitCode: 2 });
  const isFolder = await run(folder.path, 'init', '--out', 'x.yaml', '--force');
  expect(isFolder).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('x.yaml is a folder') });
});

test.skipIf(process.platform === 'win32')('a write that fails half way leaves no file behind', async () => {
  using folder = new TemporaryFolder();
  // A limit on the size of files stands in for a full disk.
  const limited = ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, bin, 'init'];
  const { exitCode } = await execa('sh', limited, { cwd: folder.path, reject: false, stdin: 'ignore' });
  expect(exitCode).toBe(1);
  expect(existsSync(join(folder.path, 'arpo-env.config.yaml'))).toBe(false);
});
