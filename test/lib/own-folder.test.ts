/** Two users of one machine do not share a folder, and one of another user is not used. */
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ownTemporaryFolder } from '../../src/lib/own-folder.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

it('makes a folder with the user in its name, for this user alone', () => {
  using parent = new TemporaryFolder();
  const folder = ownTemporaryFolder('trial', parent.path);
  expect(folder).toBe(`${parent.path}/trial-${process.getuid?.()}`);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(ownTemporaryFolder('trial', parent.path)).toBe(folder);
});

it('refuses one that others may look into', () => {
  using parent = new TemporaryFolder();
  chmodSync(ownTemporaryFolder('trial', parent.path), 0o755);
  expect(() => ownTemporaryFolder('trial', parent.path)).toThrow(/open to, another user/);
});

it('refuses a link to somewhere else', () => {
  using parent = new TemporaryFolder();
  mkdirSync(`${parent.path}/elsewhere`);
  symlinkSync(`${parent.path}/elsewhere`, `${parent.path}/trial-${process.getuid?.()}`);
  expect(() => ownTemporaryFolder('trial', parent.path)).toThrow(/another user/);
});
