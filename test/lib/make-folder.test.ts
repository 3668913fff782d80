/** `mkdir -p` by several at once, and where there is no place. */
import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { makeFolder } from '../../src/lib/make-folder.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

it('makes one that several want at once, each somewhere below the same missing folders', async () => {
  using parent = new TemporaryFolder();
  for (let round = 0; round < 50; round += 1) {
    const paths = Array.from({ length: 16 }, (_, index) => `${parent.path}/${round}/a/b/${index % 4}`);
    await Promise.all(paths.map((path) => makeFolder(path)));
    for (const path of paths) expect((await stat(path)).isDirectory()).toBe(true);
  }
});

it('is content with one that is there', async () => {
  using parent = new TemporaryFolder();
  await makeFolder(parent.path);
  await makeFolder('/');
});

it.each([
  ['/proc/none/below', 'ENOENT'],
  ['/dev/null/below', 'ENOTDIR'],
])('says at once that there is no place: %s', async (path, code) => {
  await expect(makeFolder(path)).rejects.toMatchObject({ code });
});

it('takes no file for a folder', async () => {
  using parent = new TemporaryFolder();
  writeFileSync(`${parent.path}/file`, '');
  await expect(makeFolder(`${parent.path}/file`)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(`${parent.path}/file/below`)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
