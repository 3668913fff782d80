import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

describe('vm_file', () => {
  it('saves the bytes as they are', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.files.set('/a.bin', Buffer.from([0, 0xff, 13, 10]));
    const path = await get({ type: 'vm_file', path: '/a.bin', dest: 'b.bin' }, desktop.context());

    expect(path).toBe(join(desktop.context().cacheDir, 'b.bin'));
    expect(await readFile(String(path))).toEqual(Buffer.from([0, 0xff, 13, 10]));
  });

  it('is null when the guest has no such file', async () => {
    await using desktop = await FixtureDesktop.start();
    expect(await get({ type: 'vm_file', path: '/none', dest: 'none' }, desktop.context())).toBe(null);
  });

  it('fetches several and gives those that are asked for', async () => {
    await using desktop = await FixtureDesktop.start();
    const context = desktop.context();
    for (const name of ['/a', '/c']) desktop.files.set(name, name);
    const config = { type: 'vm_file', multi: 'true', path: ['/a', '/b', '/c'], dest: ['a', 'b', 'sub/c'] };

    expect(await get(config, context)).toBe(join(context.cacheDir, 'a'));
    expect(await get({ ...config, gives: [1, 2] }, context)).toEqual([null, join(context.cacheDir, 'sub/c')]);
    expect(await readFile(join(context.cacheDir, 'sub/c'), 'utf8')).toBe('/c');
  });
});

describe('cloud_file', () => {
  it('does not fetch what is in the cache folder', async () => {
    await using desktop = await FixtureDesktop.start();
    const context = desktop.context();
    const config = { type: 'cloud_file', path: new URL('gold', desktop.url).href, dest: 'gold' };
    desktop.web.set('/gold', 'first');
    await get(config, context);
    desktop.web.set('/gold', 'second');

    expect(await readFile(String(await get(config, context)), 'utf8')).toBe('first');
    expect(desktop.requests).toEqual(['GET /gold']);
  });

  it('fails when the web has no such file', async () => {
    await using desktop = await FixtureDesktop.start();
    const config = { type: 'cloud_file', path: new URL('none', desktop.url).href, dest: 'none' };
    await expect(get(config, desktop.context())).rejects.toMatchObject({ code: 'E_DOWNLOAD_FAILED' });
  });
});

it('cache_file gives what a step left, and nothing outside', async () => {
  await using desktop = await FixtureDesktop.start();
  const context = desktop.context();
  await writeFile(join(context.cacheDir, 'out'), 'x');

  expect(await get({ type: 'cache_file', path: 'out' }, context)).toBe(join(context.cacheDir, 'out'));
  await expect(get({ type: 'cache_file', path: 'none' }, context)).rejects.toMatchObject({
    name: 'AssertionError',
  });
  await expect(get({ type: 'cache_file', path: '../../etc/passwd' }, context)).rejects.toThrow(
    'is not the name of a file',
  );
});
