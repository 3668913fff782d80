/** Chromium under Google Chrome's names: the folder that is made of an installed one's. */
import { mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeChromeFolder } from '../../../../src/guest/x11/browser/chrome-folder.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

/** Format 5, UTF-8, one resource, which is `$1 - Chromium`. */
const TITLE = '$1 - Chromium';
const HEAD = Buffer.from([
  5,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  7,
  0,
  24,
  0,
  0,
  0,
  0,
  0,
  24 + TITLE.length,
  0,
  0,
  0,
]);

function chromium(folder: TemporaryFolder): string {
  folder.write('chromium/resources.pak', 'resources');
  folder.write('chromium/locales/en-US.pak.info', 'info');
  writeFileSync(join(folder.path, 'chromium/locales/en-US.pak'), Buffer.concat([HEAD, Buffer.from(TITLE)]));
  const file = folder.write('chromium/chromium', 'program');
  writeFileSync(file, 'program', { mode: 0o755 });
  return file;
}

it('has the executable as a file of its own, the texts of Google Chrome, and links to the rest', async () => {
  using folder = new TemporaryFolder();
  const chrome = join(folder.path, 'chrome');
  const before = process.umask(0o077);
  try {
    await makeChromeFolder(chromium(folder), chrome, 'whole');
  } finally {
    process.umask(before);
  }
  expect(readFileSync(join(chrome, 'chrome'), 'utf8')).toBe('program');
  expect(String(readFileSync(join(chrome, 'locales/en-US.pak')))).toContain('$1 - Google Chrome');
  expect(readlinkSync(join(chrome, 'resources.pak'))).toBe(join(folder.path, 'chromium/resources.pak'));
  expect(readlinkSync(join(chrome, 'locales/en-US.pak.info'))).toMatch(/en-US\.pak\.info$/);
  const mode = (...names: string[]) => statSync(join(chrome, ...names)).mode & 0o777;
  expect([mode(), mode('locales'), mode('locales/en-US.pak')]).toEqual([0o755, 0o755, 0o644]);
});

it('leaves an executable that is there already, and an empty one where a mount will be', async () => {
  using folder = new TemporaryFolder();
  const source = chromium(folder);
  const image = join(folder.path, 'image');
  mkdirSync(image);
  writeFileSync(join(image, 'chrome'), 'linked in a layer before');
  await makeChromeFolder(source, image, 'whole');
  expect(readFileSync(join(image, 'chrome'), 'utf8')).toBe('linked in a layer before');
  const sandbox = join(folder.path, 'sandbox');
  await makeChromeFolder(source, sandbox, 'shown');
  expect(readFileSync(join(sandbox, 'chrome'), 'utf8')).toBe('');
});
