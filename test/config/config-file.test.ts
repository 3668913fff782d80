import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_FILE_NAMES, readConfigFile } from '../../src/config/config-file.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const CONTENT: Record<string, string> = {
  yaml: 'server:\n  port: 4711\n',
  yml: 'server: { port: 4711 }',
  json: '{\n\t"server": { "port": 4711 }\n}',
  js: 'export default { server: { port: 4711 } };',
  ts: 'const port: number = 4711;\nexport default { server: { port } };',
  '': 'server:\n  port: 4711\n',
};

test.each(CONFIG_FILE_NAMES.filter((name) => name !== 'package.json'))(
  '%s is found and read',
  async (name) => {
    using folder = new TemporaryFolder();
    const path = folder.write(
      name,
      CONTENT[name.slice(1).split('.')[name.startsWith('.') ? 1 : 2] ?? ''] ?? '',
    );
    expect(await readConfigFile(folder.path)).toEqual({
      path,
      label: path,
      values: { server: { port: 4711 } },
    });
  },
);

test('package.json counts with the key arpo-env, and not without', async () => {
  using folder = new TemporaryFolder({ 'a/package.json': '{"name": "x"}' });
  const path = folder.write('package.json', '{"arpo-env": {"provider": "sim"}}');
  const found = await readConfigFile(join(folder.path, 'a'));
  expect(found).toEqual({ path, label: `${path}#arpo-env`, values: { provider: 'sim' } });
});

test('the nearest folder upwards wins, and in it the first name of the list', async () => {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml': 'provider: docker',
    'a/arpo-env.config.json': '{"provider": "aws"}',
    'a/.arpo-envrc': 'provider: sim',
  });
  folder.write('a/b/c/other.txt', '');
  const found = await readConfigFile(join(folder.path, 'a/b/c'));
  expect(found?.values).toEqual({ provider: 'aws' });
});

test('a file without content, or with comments only, sets nothing', async () => {
  using folder = new TemporaryFolder({
    'a/arpo-env.config.yaml': '# provider: docker\n',
    'b/.arpo-envrc': '',
  });
  expect((await readConfigFile(join(folder.path, 'a')))?.values).toEqual({});
  expect((await readConfigFile(join(folder.path, 'b')))?.values).toEqual({});
});

test.each([
  ['x.yaml', 'server:\n  port: [1\n  token: s3cret\n', ':3:3: missed comma between flow collection entries'],
  ['x.yaml', 'provider: sim\nprovider: aws\n', ':2:1: duplicated mapping key'],
  ['x.json', '{\n  "token": "s3cret"\n  "port": 1\n}', ':3:3: missed comma between flow collection entries'],
  ['x.ts', 'export default {\n  a: : 1,\n};', ' cannot be loaded: ParseError: Unexpected token PATH:2:5'],
  ['x.js', 'throw new Error("no\\nway");', ' cannot be loaded: no way'],
  ['x.yaml', '- a\n- b\n', ' holds a list, not settings'],
  ['x.yaml', 'hello', ' holds a string, not settings'],
  [
    'package.json',
    '{\n  "arpo-env": { "token": "s3cret"\n',
    ':3:1: unexpected end of the stream within a flow collection',
  ],
  ['package.json', '{"name": "x"}', ' has no key "arpo-env"'],
])('broken %s %j is named with its place, and its lines are not quoted', async (name, content, message) => {
  using folder = new TemporaryFolder();
  const path = folder.write(name, content);
  await expect(readConfigFile('/', path)).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: path + message.replace('PATH', path),
  });
});

test('a named file that is not there is an error, not a search', async () => {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml': 'provider: docker' });
  await expect(readConfigFile(folder.path, 'other.yaml')).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: `${join(folder.path, 'other.yaml')} does not exist`,
    fix: expect.stringContaining('arpo-env init'),
  });
});

test('a folder of that name is said to be one', async () => {
  using folder = new TemporaryFolder({ 'arpo-env.config.yaml/x': '' });
  await expect(readConfigFile(folder.path)).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: `${join(folder.path, 'arpo-env.config.yaml')} is a folder`,
    fix: 'name a file with --config',
  });
});
