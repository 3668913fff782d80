import { symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CacheMirror } from '../../../src/evaluators/osworld/files.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

async function changed(mirror: CacheMirror): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path, size, bytes } of mirror.changed()) {
    const parts = [];
    for await (const part of bytes()) parts.push(part);
    const content = Buffer.concat(parts);
    expect(content).toHaveLength(size);
    found[path] = content.toString();
  }
  return found;
}

describe('the files of an evaluation', () => {
  it('are given once, and again when they have changed', async () => {
    using folder = new TemporaryFolder({ a: 'one', 'deep/er/b': 'two', empty: '' });
    const mirror = new CacheMirror(folder.path);
    expect(await changed(mirror)).toEqual({ a: 'one', 'deep/er/b': 'two', empty: '' });
    expect(await changed(mirror)).toEqual({});
    folder.write('a', 'three');
    folder.write('c', 'four');
    expect(await changed(mirror)).toEqual({ a: 'three', c: 'four' });
  });

  it('are regular files alone: no link is followed', async () => {
    using elsewhere = new TemporaryFolder({ secret: 'secret' });
    using folder = new TemporaryFolder({ a: 'one' });
    symlinkSync(join(elsewhere.path, 'secret'), join(folder.path, 'file-link'));
    symlinkSync(elsewhere.path, join(folder.path, 'folder-link'));
    expect(await changed(new CacheMirror(folder.path))).toEqual({ a: 'one' });
  });

  it('are refused when they get too large together', async () => {
    using folder = new TemporaryFolder({ a: 'x'.repeat(600) });
    const mirror = new CacheMirror(folder.path, 1024);
    await changed(mirror);
    folder.write('a', 'y'.repeat(700));
    await changed(mirror);
    folder.write('b', 'x'.repeat(600));
    await expect(changed(mirror)).rejects.toThrow('are more than');
  });

  it('are not made up when they get shorter while they are read', async () => {
    using folder = new TemporaryFolder({ a: 'x'.repeat(1_000_000) });
    for await (const { bytes } of new CacheMirror(folder.path).changed()) {
      truncateSync(join(folder.path, 'a'), 10);
      await expect(
        (async () => {
          for await (const _ of bytes());
        })(),
      ).rejects.toThrow('a was cut short');
    }
  });

  it('are none in a folder that is not there', async () => {
    using folder = new TemporaryFolder();
    await expect(changed(new CacheMirror(join(folder.path, 'gone')))).resolves.toEqual({});
  });
});
