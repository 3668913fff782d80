import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { desktopPath } from '../../../src/guest/x11/enclosure/path.js';
import { missingX11Programs } from '../../../src/guest/x11/requirements.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

function folderWith(...programs: string[]): TemporaryFolder {
  const folder = new TemporaryFolder(Object.fromEntries(programs.map((name) => [name, '#!/bin/sh\n'])));
  for (const name of programs) chmodSync(`${folder.path}/${name}`, 0o755);
  return folder;
}

test('one command installs all that is missing', async () => {
  using folder = folderWith('xterm');
  const { required, installRequired, installAll } = await missingX11Programs(folder.path);
  expect(required.map(({ debianPackage }) => debianPackage)).toEqual(['xvfb', 'openbox', 'chromium']);
  expect(installRequired).toMatch(
    /^(sudo )?apt-get install -y --no-install-recommends xvfb openbox chromium$/,
  );
  expect(installAll).toContain('xvfb openbox chromium mousepad');
});

test('any browser will do, and where nothing is missing there is no command', async () => {
  using folder = folderWith('Xvfb', 'openbox', 'xterm', 'google-chrome');
  expect(await missingX11Programs(folder.path)).toMatchObject({ required: [], installRequired: null });
});

test('a file that cannot be run is not a program', async () => {
  using folder = folderWith('Xvfb', 'openbox', 'xterm', 'google-chrome');
  chmodSync(`${folder.path}/Xvfb`, 0o644);
  const { required } = await missingX11Programs(folder.path);
  expect(required.map(({ debianPackage }) => debianPackage)).toEqual(['xvfb']);
});

test('the PATH has the system’s folders and nothing out of homes and /tmp', () => {
  const path = desktopPath({ PATH: '/opt/x/bin:/home/me/bin:/tmp/bin:relative::/usr/bin' }).split(':');
  expect(path.slice(0, 2)).toEqual(['/opt/x/bin', '/usr/bin']);
  expect(path).toContain('/usr/sbin');
  expect(path.filter((folder) => /^\/(home|tmp)|^relative|^$/.test(folder))).toEqual([]);
  expect(new Set(path).size).toBe(path.length);
});
