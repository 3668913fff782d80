import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProblems, type PreflightOptions } from '../../../src/providers/local/preflight.js';
import { fakePython, MODULES } from '../../support/fake-python.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const PROGRAMS = ['Xvfb', 'openbox', 'xterm', 'chromium', 'gnome-screenshot', 'xclip', 'socat'];

function machine(programs: readonly string[], modules: readonly string[] = MODULES) {
  const folder = new TemporaryFolder();
  for (const name of programs) chmodSync(folder.write(`bin/${name}`, '#!/bin/sh\n'), 0o755);
  const options: PreflightOptions = {
    desktops: join(folder.path, 'desktops'),
    vnc: false,
    confine: false,
    platform: 'linux',
    sockets: join(folder.path, '.X11-unix'),
    places: { path: join(folder.path, 'bin'), ...fakePython(folder, { modules }) },
  };
  return { folder, options };
}

test('nothing is missing', async () => {
  const { folder, options } = machine(PROGRAMS);
  using _ = folder;
  expect(await findProblems(options)).toEqual([]);
});

test('names each missing program and the one command that installs them all', async () => {
  const { folder, options } = machine(PROGRAMS.filter((name) => name !== 'Xvfb' && name !== 'xterm'));
  using _ = folder;
  expect(await findProblems(options)).toEqual([
    {
      code: 'E_PROVIDER_UNAVAILABLE',
      message: 'provider local lacks Xvfb (the X display), xterm (the terminal)',
      fix: expect.stringMatching(/apt-get install -y --no-install-recommends xvfb xterm$/),
    },
  ]);
});

test('names the Python packages that are missing, and how the desktop’s Python is made', async () => {
  const { folder, options } = machine(PROGRAMS, ['PIL', 'pyperclip', 'requests']);
  using _ = folder;
  expect(await findProblems(options)).toEqual([
    {
      code: 'E_PROVIDER_UNAVAILABLE',
      message: "provider local lacks pyautogui, python-xlib (Python as OSWorld's machine has it)",
      fix: expect.stringMatching(/apt-get install .* python3-venv && .* -m venv .* && .* -m pip install /),
    },
  ]);
});

test('a VNC server is needed only by who wants one', async () => {
  const { folder, options } = machine(PROGRAMS);
  using _ = folder;
  const [problem] = await findProblems({ ...options, vnc: true });
  expect(problem?.message).toMatch(/^provider local lacks x11vnc \(/);
  expect(problem?.fix).toMatch(/apt-get install .*x11vnc/);
});

test('beyond Linux there is one answer', async () => {
  const { folder, options } = machine([]);
  using _ = folder;
  const problems = await findProblems({ ...options, platform: 'darwin' });
  expect(problems.map(({ message }) => message)).toEqual([
    'provider local is an X display with its programs on Linux, and this is darwin',
  ]);
});

test('folders that cannot be written are named', async () => {
  const { folder, options } = machine(PROGRAMS);
  using _ = folder;
  // Not even root makes folders below a file.
  const file = folder.write('file', '');
  const problems = await findProblems({ ...options, sockets: `${file}/x`, desktops: `${file}/desktops` });
  expect(problems.map(({ code, fix }) => [code, fix])).toEqual([
    ['E_NO_PERMISSION', `sudo install -d -m 1777 ${file}/x`],
    ['E_NO_PERMISSION', 'export ARPO_ENV_STATE_DIR="$(mktemp -d)"'],
  ]);
});
