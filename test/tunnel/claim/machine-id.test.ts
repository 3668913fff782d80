import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machineId } from '../../../src/tunnel/claim/machine-id.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

it('is made once, kept in a private file, and fit for a command line', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'state', 'machine-id');
  const id = await machineId(file);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await machineId(file)).toBe(id);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('is made again when the file holds something else', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('machine-id', 'x; rm -rf ~\n');
  const id = await machineId(file);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await machineId(file)).toBe(id);
});
