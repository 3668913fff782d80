import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  assumedPackages,
  openToOthers,
  readInstallation,
} from '../../../src/evaluators/osworld/installation.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const SITE = 'venv/lib/python3.11/site-packages';
const FILES = {
  'installed.json': JSON.stringify({
    complete: true,
    set: 'core',
    python: '3.11.7',
    packages: { 'pdfminer-six': '20251230', pypdf2: '3.0.1' },
    osworld: { version: '1.0.2' },
  }),
  'venv/bin/python': '#!/bin/sh\n',
  [`${SITE}/pdfminer_six-20251230.dist-info/INSTALLER`]: 'pip\n',
  [`${SITE}/PyPDF2-3.0.1.dist-info/INSTALLER`]: 'pip\n',
  // Cut off before pip was done with it.
  [`${SITE}/lxml-6.1.3.dist-info/METADATA`]: '',
  'osworld/desktop_env/evaluators/metrics/general.py': '',
  'osworld/desktop_env/evaluators/getters/file.py': '',
};

function installed(): TemporaryFolder {
  const folder = new TemporaryFolder(FILES);
  chmodSync(join(folder.path, 'venv/bin/python'), 0o755);
  return folder;
}

it('tells what is installed, by the names of PyPI', async () => {
  using folder = installed();
  expect(await readInstallation({ dir: folder.path })).toEqual({
    dir: folder.path,
    set: 'core',
    python: join(folder.path, 'venv/bin/python'),
    packages: new Set(['pdfminer-six', 'pypdf2']),
    osworld: join(folder.path, 'osworld'),
    problems: [],
  });
});

it('counts nothing before an installation came to its end', async () => {
  using folder = installed();
  rmSync(join(folder.path, 'installed.json'));
  expect(await readInstallation({ dir: folder.path })).toMatchObject({
    set: null,
    python: null,
    packages: new Set(),
    problems: [
      {
        code: 'E_EVALUATORS_INSTALL',
        message: `OSWorld's evaluators are not installed in ${folder.path}`,
        fix: 'arpo-env evaluators install',
      },
    ],
  });
});

it.each([
  ['venv/bin/python', 'does not run: the Python that it was made from is gone'],
  [`${SITE}/PyPDF2-3.0.1.dist-info`, 'lacks packages that were installed: pypdf2'],
  ['osworld/desktop_env', 'has no desktop_env/evaluators'],
])('notices that %s is gone', async (lost, words) => {
  using folder = installed();
  rmSync(join(folder.path, lost), { recursive: true });
  const { problems } = await readInstallation({ dir: folder.path });
  expect(problems).toMatchObject([{ message: expect.stringContaining(words) }]);
});

it.each([
  ['group', 0o775],
  ['world', 0o757],
])(
  'nothing is run that others than its owner could have put there: writable by the %s',
  async (_who, mode) => {
    using folder = installed();
    chmodSync(folder.path, mode);
    expect(await readInstallation({ dir: folder.path })).toMatchObject({
      python: null,
      packages: new Set(),
      problems: [
        {
          code: 'E_NO_PERMISSION',
          fix: expect.stringContaining(`chmod go-w ${folder.path}; or name another`),
        },
      ],
    });
  },
);

it('only who is trusted may own it', async () => {
  using folder = installed();
  expect(await openToOthers(folder.path, () => false)).toMatchObject({ code: 'E_NO_PERMISSION' });
  expect(await openToOthers(folder.path)).toBeNull();
});

it("prefers the user's own clone, and names one that is none", async () => {
  using folder = installed();
  const clone = join(folder.path, 'osworld');
  expect(await readInstallation({ dir: folder.path, osworld: clone })).toMatchObject({ osworld: clone });
  const other = await readInstallation({ dir: folder.path, osworld: folder.path });
  expect(other).toMatchObject({
    osworld: null,
    problems: [
      { message: expect.stringContaining('evaluators.osworld names, has no desktop_env/evaluators') },
    ],
  });
});

it('knows what a set would bring', async () => {
  const core = await assumedPackages('core');
  expect([...core]).toEqual(expect.arrayContaining(['numpy', 'pymupdf', 'opencv-python-headless', 'pygame']));
  expect(core.has('librosa')).toBe(false);
  const all = await assumedPackages('all');
  expect([...all]).toEqual(expect.arrayContaining([...core, 'librosa', 'fastdtw', 'scipy', 'easyocr']));
});
