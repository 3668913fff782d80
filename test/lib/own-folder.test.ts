/** Two users of one machine do not share a folder, and one of another user is not used. */
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { cacheFolder, ownTemporaryFolder, userFolder } from '../../src/lib/own-folder.js';
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

it('closes a cache of ours to others, also behind a link of ours', async () => {
  using parent = new TemporaryFolder();
  mkdirSync(`${parent.path}/scratch`);
  chmodSync(`${parent.path}/scratch`, 0o775);
  symlinkSync(`${parent.path}/scratch`, `${parent.path}/cache`);
  expect(await cacheFolder(`${parent.path}/cache`)).toBe(`${parent.path}/scratch`);
  expect(statSync(`${parent.path}/scratch`).mode & 0o777).toBe(0o700);
});

it.skipIf(process.getuid?.() !== 0)('refuses a cache of another user', async () => {
  using parent = new TemporaryFolder();
  mkdirSync(`${parent.path}/cache`);
  chownSync(`${parent.path}/cache`, 65_534, 65_534);
  await expect(cacheFolder(`${parent.path}/cache`)).rejects.toThrow(/another user; XDG_CACHE_HOME/);
});

it('says at once what to do where no cache can be made', async () => {
  await expect(cacheFolder('/proc/.cache/arpo-env')).rejects.toMatchObject({
    code: 'E_NO_PERMISSION',
    fix: 'export XDG_CACHE_HOME="$(mktemp -d)"',
  });
});

it('keeps no download from a time when others could write there', async () => {
  using parent = new TemporaryFolder({ 'cache/downloads/planted': 'x', 'cache/other': 'x' });
  chmodSync(`${parent.path}/cache`, 0o777);
  await cacheFolder(`${parent.path}/cache`);
  expect(readdirSync(`${parent.path}/cache`)).toEqual(['other']);
  mkdirSync(`${parent.path}/cache/downloads`);
  await cacheFolder(`${parent.path}/cache`);
  expect(readdirSync(`${parent.path}/cache`)).toEqual(['downloads', 'other']);
});

it('takes only absolute paths of XDG’s variables', async () => {
  for (const kind of ['cache', 'log'] as const) expect(isAbsolute(userFolder(kind))).toBe(true);
  const script = `console.log((await import(${JSON.stringify(new URL('../../dist/lib/own-folder.js', import.meta.url).href)})).userFolder('cache'))`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
    env: { XDG_CACHE_HOME: 'relative', HOME: '/home/somebody' },
  });
  expect(stdout).not.toMatch(/^relative/);
});
