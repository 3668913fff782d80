import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { missingX11Programs } from '../../../src/guest/x11/requirements.js';
import { packageFile } from '../../../src/lib/package.js';

it('the desktop image has every program that an X desktop is made of', async () => {
  const words = readFileSync(packageFile('templates/desktop/Dockerfile'), 'utf8').split(/\s+/);
  const { required, optional } = await missingX11Programs('/nowhere');
  const packages = [...required, ...optional].map(({ debianPackage }) => debianPackage);
  expect(packages.length).toBeGreaterThan(4);
  expect(packages.filter((name) => !words.includes(name))).toEqual([]);
});
