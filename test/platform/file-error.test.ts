import { describe, expect, it } from 'vitest';
import { fileError } from '../../src/platform/file-error.js';

const failed = (code: string) => Object.assign(new Error(`${code}: no`), { code });

describe('fileError', () => {
  it.each(['ENOSPC', 'EDQUOT'])('says that the disk is full on %s', (code) => {
    expect(fileError(failed(code), '/cache/a.bin')).toMatchObject({
      code: 'E_DISK_FULL',
      message: 'no space left to write /cache/a.bin',
      hint: "free some space: df -h '/cache'",
    });
  });

  it.each(['EACCES', 'EPERM', 'EROFS'])('says that the user may not write on %s', (code) => {
    expect(fileError(failed(code), '/cache/a.bin')).toMatchObject({
      code: 'E_NO_PERMISSION',
      message: 'this user may not write /cache/a.bin',
    });
  });

  it('leaves any other error as it is', () => {
    const error = failed('EIO');
    expect(fileError(error, '/cache/a.bin')).toBe(error);
    expect(fileError('text', '/cache/a.bin')).toBe('text');
  });
});
