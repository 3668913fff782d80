import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { desktopPythonFolders } from '../../../src/guest/x11/desktop-python.js';
import { missingX11Programs } from '../../../src/guest/x11/requirements.js';
import { packageFile } from '../../../src/lib/package.js';

it('the desktop image has every program that an X desktop is made of', async () => {
  const words = readFileSync(packageFile('templates/desktop/Dockerfile'), 'utf8').split(/\s+/);
  const { required, optional } = await missingX11Programs({
    path: '/nowhere',
    pythons: [],
    systemPython: '',
  });
  const packages = [...required, ...optional].flatMap(({ debianPackage }) => debianPackage ?? []);
  expect(packages.length).toBeGreaterThan(4);
  expect(packages.filter((name) => !words.includes(name))).toEqual([]);
  expect(desktopPythonFolders().filter((folder) => words.includes(folder))).toHaveLength(1);
});
