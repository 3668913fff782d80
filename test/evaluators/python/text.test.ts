import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expandTabs, fileLines, fileSize, readText } from '../../../src/evaluators/python/text.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

it('reads any line end as \\n, and keeps a byte order mark', async () => {
  using folder = new TemporaryFolder({ 'a.txt': '\uFEFFa\r\nb\rc\n' });
  expect(await readText(join(folder.path, 'a.txt'))).toBe('\uFEFFa\nb\nc\n');
});

it('raises what Python raises', async () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'latin1');
  await writeFile(path, Buffer.from([0xe9]));

  await expect(readText(path)).rejects.toMatchObject({ name: 'UnicodeDecodeError' });
  await expect(readText(join(folder.path, 'none'))).rejects.toMatchObject({ name: 'FileNotFoundError' });
  await expect(readText(folder.path)).rejects.toMatchObject({ name: 'IsADirectoryError' });
  await expect(readText(null)).rejects.toMatchObject({ name: 'TypeError' });
  await expect(fileSize(join(folder.path, 'none'))).rejects.toMatchObject({ name: 'FileNotFoundError' });
});

it('parts a file at \\n only', () => {
  expect(fileLines('a\n\nb')).toEqual(['a\n', '\n', 'b']);
  expect(fileLines('')).toEqual([]);
  expect(fileLines('a\vb\u2028c')).toEqual(['a\vb\u2028c']);
});

it('expands tabs to columns', () => {
  expect(expandTabs('a\tb\t\tc', 4)).toBe('a   b       c');
});
