import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkQcow2 } from '../../../src/providers/docker/qcow2.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

describe('checkQcow2', () => {
  it('finds nothing wrong with a qcow2', async () => {
    using folder = new TemporaryFolder();
    const disk = join(folder.path, 'a.qcow2');
    writeFileSync(disk, Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'));
    expect(await checkQcow2(disk, 'arpo')).toBeNull();
  });

  it.each<[string, (folder: TemporaryFolder) => string | undefined, RegExp, RegExp]>([
    ['no path at all', () => undefined, /^image arpo boots a VM, and no disk for it is given$/, /QCOW2=/],
    [
      'a relative path',
      () => 'Ubuntu.qcow2',
      /^the disk Ubuntu.qcow2 is not an absolute path$/,
      /\/Ubuntu.qcow2$/,
    ],
    ['a path to nothing', ({ path }) => `${path}/x`, /does not exist$/, /^get it once/],
    ['a path below a file', (folder) => `${folder.write('f', '')}/x`, /does not exist$/, /^get it once/],
    [
      'a folder, as Docker makes it for a missing file',
      ({ path }) => {
        mkdirSync(join(path, 'Ubuntu.qcow2'));
        return join(path, 'Ubuntu.qcow2');
      },
      /Ubuntu.qcow2 is a directory$/,
      /^remove it \(rmdir '/,
    ],
    [
      'the packed download',
      (folder) => folder.write('z', 'PK\x03\x04'),
      /\(4 bytes\) is not a qcow2 image$/,
      /still zipped/,
    ],
    [
      'an empty file',
      (folder) => folder.write('e', ''),
      /\(0 bytes\) is not a qcow2 image$/,
      /is the download incomplete/,
    ],
  ])('%s', async (_title, path, message, fix) => {
    using folder = new TemporaryFolder();
    expect(await checkQcow2(path(folder), 'arpo')).toEqual({
      code: 'E_QCOW2',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    });
  });
});
