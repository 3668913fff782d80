import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  expandTabs,
  fileLines,
  fileSize,
  parseJson,
  readText,
  splitLines,
  strip,
  words,
} from '../../../../src/evaluators/native/python/text.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

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
  await expect(readText(folder.path)).rejects.toMatchObject({ name: 'OSError' });
  await expect(readText(null)).rejects.toMatchObject({ name: 'TypeError' });
  await expect(fileSize(join(folder.path, 'none'))).rejects.toMatchObject({ name: 'FileNotFoundError' });
  expect(() => parseJson('{')).toThrow(expect.objectContaining({ name: 'JSONDecodeError' }));
});

it('knows two kinds of lines', () => {
  expect(fileLines('a\n\nb')).toEqual(['a\n', '\n', 'b']);
  expect(fileLines('')).toEqual([]);
  expect(splitLines('a\r\nb\vc\x1cd\u2028e\n')).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(splitLines('a\n\n')).toEqual(['a', '']);
  expect(splitLines('')).toEqual([]);
});

it('strips and splits at Python’s white space', () => {
  expect(strip('\x1c\u3000 a b \x85')).toBe('a b');
  expect(strip('\uFEFFa')).toBe('\uFEFFa');
  expect(words(' a\t b\n')).toEqual(['a', 'b']);
});

it('expands tabs to columns', () => {
  expect(expandTabs('a\tb\t\tc', 4)).toBe('a   b       c');
});
