import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { urlUuid } from '../../../src/desktop/setup/download-cache.js';
import { runSetup } from '../../../src/desktop/setup/run-setup.js';
import { fileServer } from '../../lib/download/file-server.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureGuest, setupContext, uploadedFile } from './fixture-guest.js';

const DATA = Buffer.from('a\r\n--b\0ü');

describe('download', () => {
  it('brings each file to its path in the guest, and from the network once for all tasks', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    await using server = await fileServer((response) => response.end(DATA));
    const files = ['/one', '/two'].map((name) => ({
      url: server.url(name),
      path: `/home/user/My "files"${name}.xlsx`,
    }));
    for (const task of ['task-1', 'task-2']) {
      await runSetup(
        [{ type: 'download', parameters: { files } }],
        setupContext(guest, join(folder.path, task)),
      );
    }
    expect(server.asked).toHaveLength(2);
    expect(guest.requests.map(({ path }) => path)).toEqual(Array(4).fill('/setup/upload'));
    expect(await Promise.all(guest.requests.map(uploadedFile))).toEqual(
      [...files, ...files].map(({ path }) => ({ path, data: DATA })),
    );
    const names = [`${urlUuid(server.url('/one'))}_one.xlsx`, `${urlUuid(server.url('/two'))}_two.xlsx`];
    expect((await readdir(join(folder.path, 'downloads'))).sort()).toEqual(names.sort());
  });

  it('names the step, the URL and the answer when the file is not there', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    await using server = await fileServer((response) => response.writeHead(404).end());
    const files = [{ url: server.url('/gone.xlsx'), path: '/home/user/gone.xlsx' }];
    await expect(
      runSetup([{ type: 'download', parameters: { files } }], setupContext(guest, join(folder.path, 'task'))),
    ).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message: `setup step 1 of 1 (download) failed: ${server.url('/gone.xlsx')} answered 404 Not Found`,
      fix: expect.stringContaining('moved or withdrawn'),
    });
    expect(guest.requests).toEqual([]);
  });

  it('uploads again when an upload failed', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest({
      '/setup/upload': (_, count) => (count === 1 ? { status: 500, json: { error: 'disk' } } : {}),
    });
    await using server = await fileServer((response) => response.end(DATA));
    const files = [{ url: server.url('/a'), path: '/home/user/a' }];
    const progress: string[] = [];
    await runSetup(
      [{ type: 'download', parameters: { files } }],
      setupContext(guest, join(folder.path, 'task'), progress),
    );
    expect(guest.requests).toHaveLength(2);
    expect(progress).toContainEqual(
      expect.stringMatching(/^upload of \/home\/user\/a failed, trying again: .*disk/),
    );
  });

  it('knows the UUID that Python gives a URL', () => {
    expect(urlUuid('https://example.com/a.xlsx')).toBe('03fb1144-4ca2-5df0-a5fd-eabb7a9b1e57');
  });
});

describe('upload_file', () => {
  it('sends a file of the cache folder', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    await mkdir(join(folder.path, 'assets'));
    await writeFile(join(folder.path, 'assets/a.txt'), DATA);
    const files = [{ local_path: 'assets/a.txt', path: '/home/user/b.txt' }];
    await runSetup(
      [{ type: 'upload_file', parameters: { files } }],
      setupContext(guest, join(folder.path, 'task')),
    );
    expect(await Promise.all(guest.requests.map(uploadedFile))).toEqual([
      { path: '/home/user/b.txt', data: DATA },
    ]);
  });

  it.each(['../secret', '/etc/hosts', 'link'])('refuses %s, which is outside of it', async (local_path) => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    await writeFile(join(folder.path, 'secret'), 'secret');
    await mkdir(join(folder.path, 'cache'));
    await symlink(join(folder.path, 'secret'), join(folder.path, 'cache/link'));
    const steps = [{ type: 'upload_file', parameters: { files: [{ local_path, path: '/tmp/x' }] } }];
    await expect(runSetup(steps, setupContext(guest, join(folder.path, 'cache/task')))).rejects.toMatchObject(
      {
        code: 'E_SETUP_FAILED',
        message: expect.stringContaining(`the file ${local_path} to upload is outside`),
        fix: `copy the file into ${join(folder.path, 'cache')} and give its path relative to that folder`,
      },
    );
    expect(guest.requests).toEqual([]);
  });

  it('names a file that is not there', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    const steps = [{ type: 'upload_file', parameters: { files: [{ local_path: 'a.txt', path: '/tmp/x' }] } }];
    await expect(runSetup(steps, setupContext(guest, join(folder.path, 'task')))).rejects.toMatchObject({
      message: expect.stringMatching(/the file a\.txt to upload cannot be read: ENOENT/),
    });
  });
});
