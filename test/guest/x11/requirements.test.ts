import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DESKTOP_MODULES } from '../../../src/guest/x11/desktop-python.js';
import { desktopPath } from '../../../src/guest/x11/place.js';
import { missingX11Programs, type Places } from '../../../src/guest/x11/requirements.js';
import { packageFile } from '../../../src/lib/package.js';
import { shellQuote } from '../../../src/shell-words.js';
import { fakePython, MODULES } from '../../support/fake-python.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const PROGRAMS = ['Xvfb', 'openbox', 'xterm', 'google-chrome', 'gnome-screenshot', 'xclip', 'socat'];

/** A machine with these programs in its PATH, and a whole desktop's Python. */
function machine({
  programs = PROGRAMS,
  ...python
}: {
  programs?: string[];
  modules?: string[];
  version?: string;
} = {}) {
  const folder = new TemporaryFolder();
  for (const name of programs) chmodSync(folder.write(`bin/${name}`, '#!/bin/sh\n'), 0o755);
  const places: Places = { path: join(folder.path, 'bin'), ...fakePython(folder, python) };
  return { folder, places };
}

async function missing(places: Places): Promise<string[]> {
  const { required } = await missingX11Programs(places);
  return required.map(({ names: [name] }) => name);
}

test('one command installs all that is missing', async () => {
  const { folder, places } = machine({ programs: ['xterm', 'gnome-screenshot', 'xclip', 'socat'] });
  using _ = folder;
  const { required, installRequired, installAll } = await missingX11Programs(places);
  expect(required.map(({ debianPackage }) => debianPackage)).toEqual(['xvfb', 'openbox', 'chromium']);
  expect(installRequired).toMatch(
    /^(sudo )?apt-get update && .*apt-get install -y --no-install-recommends xvfb openbox \S+$/,
  );
  expect(installAll).toMatch(/ xvfb openbox \S+ mousepad/);
});

test('any browser will do, and where nothing is missing there is no command', async () => {
  const { folder, places } = machine();
  using _ = folder;
  expect(await missingX11Programs(places)).toMatchObject({ required: [], installRequired: null });
});

test('a file that cannot be run is not a program', async () => {
  const { folder, places } = machine();
  using _ = folder;
  chmodSync(join(folder.path, 'bin/Xvfb'), 0o644);
  expect(await missing(places)).toEqual(['Xvfb']);
});

test('a Python package that is missing has the whole environment made anew, after what apt has for it', async () => {
  const { folder, places } = machine({ modules: MODULES.filter((name) => name !== 'Xlib') });
  using _ = folder;
  expect(await missing(places)).toEqual(['python-xlib']);
  const { installRequired } = await missingX11Programs(places);
  const requirements = packageFile('templates/desktop/requirements.txt');
  expect(installRequired).toMatch(/apt-get install -y --no-install-recommends python3-venv && /);
  const [, made] = / && (\S+python3 -m venv .*)$/.exec(installRequired ?? '') ?? [];
  expect(made).toMatch(
    /^\/usr\/bin\/python3 -m venv --clear --system-site-packages (\S+) && \1\/bin\/python3 (-m pip install --disable-pip-version-check )--upgrade pip && \1\/bin\/python3 \2--requirement /,
  );
  expect(made?.endsWith(shellQuote(requirements))).toBe(true);
});

test('an environment of the Python before an upgrade has nothing any more', async () => {
  const { folder, places } = machine({ version: '3.10' });
  using _ = folder;
  expect(await missing(places)).toEqual(['pyautogui', 'python-xlib', 'pillow', 'pyperclip', 'requests']);
});

test('what apt has for Python is looked up beside the system’s', async () => {
  const { folder, places } = machine();
  using _ = folder;
  rmSync(join(folder.path, 'usr/lib/python3.11/tkinter'), { recursive: true });
  expect(await missing(places)).toEqual(['tkinter']);
  const { installRequired } = await missingX11Programs(places);
  expect(installRequired).toMatch(/ python3-tk$/);
});

test('every module that is looked for comes with the requirements', () => {
  const lines = readFileSync(packageFile('templates/desktop/requirements.txt'), 'utf8').split('\n');
  const pinned = lines.flatMap((line) => /^([\w-]+)==/.exec(line)?.[1] ?? []);
  // The name under which PyPI has the version of python-xlib that pyautogui asks for.
  expect(new Set(pinned.map((name) => name.replace('python3-xlib', 'python-xlib')))).toEqual(
    new Set(DESKTOP_MODULES.map(({ name }) => name)),
  );
});

test('the PATH has the system’s folders and nothing out of homes and /tmp', () => {
  const path = desktopPath({ PATH: '/opt/x/bin:/home/me/bin:/tmp/bin:relative::/usr/bin' }).split(':');
  expect(path.slice(0, 2)).toEqual(['/opt/x/bin', '/usr/bin']);
  expect(path).toContain('/usr/sbin');
  expect(path.filter((folder) => /^\/(home|tmp)|^relative|^$/.test(folder))).toEqual([]);
  expect(new Set(path).size).toBe(path.length);
});
