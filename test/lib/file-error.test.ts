import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileError } from '../../src/lib/file-error.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const failed = (code: string, syscall = 'open') => Object.assign(new Error(`${code}: no`), { code, syscall });

describe('fileError', () => {
  it.each(['ENOSPC', 'EDQUOT'])('says that the disk is full on %s', (code) => {
    expect(fileError(failed(code), '/tmp/a.bin')).toMatchObject({
      code: 'E_DISK_FULL',
      message: 'no space left to write /tmp/a.bin',
      fix: "free some space: df -h '/tmp'",
    });
  });

  it.each([
    ['EACCES', 'open', 'write'],
    ['EPERM', 'mkdir', 'write'],
    ['ENOENT', 'mkdir', 'write'],
    ['EROFS', 'open', 'write'],
    ['EACCES', 'scandir', 'read'],
  ])('says what the user may not do on %s of %s', (code, syscall, verb) => {
    expect(fileError(failed(code, syscall), '/cache/a.bin')).toMatchObject({
      code: 'E_NO_PERMISSION',
      message: `this user may not ${verb} /cache/a.bin`,
    });
  });

  it('names a folder that can be looked at: the nearest one that is there', () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'not', 'there', 'a.bin');
    expect(fileError(failed('EACCES'), path)).toMatchObject({
      fix: `check the permissions: ls -ld '${folder.path}'`,
    });
  });

  it.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    ['a folder in place of a file', (folder) => writeFile(folder, ''), / is a folder, and a file is needed$/],
    [
      'a file in place of a folder',
      (folder) => readFile(join(folder, 'a', 'b')),
      /: a file stands where a folder/,
    ],
    [
      'a file where a folder is to be made',
      (folder) => mkdir(join(folder, 'a')),
      /: a file stands where a folder/,
    ],
    [
      'a file that is there',
      (folder) => writeFile(join(folder, 'a'), '', { flag: 'wx' }),
      / is there already$/,
    ],
    [
      'a name too long',
      (folder) => writeFile(join(folder, 'x'.repeat(300)), ''),
      /longer than this system allows/,
    ],
    [
      'a link to itself',
      async (folder) => {
        await symlink(join(folder, 'link'), join(folder, 'link'));
        await readFile(join(folder, 'link'));
      },
      / is a symbolic link that leads back to itself$/,
    ],
  ])('is wrong usage for %s', async (_what, operation, message) => {
    using folder = new TemporaryFolder({ a: 'text' });
    const error = await operation(folder.path).catch((caught: unknown) => caught);
    expect(fileError(error, '/path')).toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(message),
    });
  });

  it('leaves any other error as it is', () => {
    const error = failed('EIO');
    expect(fileError(error, '/cache/a.bin')).toBe(error);
    expect(fileError('text', '/cache/a.bin')).toBe('text');
  });
});
