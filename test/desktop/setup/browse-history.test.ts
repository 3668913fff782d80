import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY_URL, FILL_HISTORY } from '../../../src/desktop/setup/browse-history.js';
import { urlUuid } from '../../../src/desktop/setup/download-cache.js';
import { runSetup } from '../../../src/desktop/setup/run-setup.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureGuest, setupContext, uploadedFile } from './fixture-guest.js';

const HISTORY = [
  { url: 'https://example.com/', title: '강남 "스타일"', visit_time_from_now_in_seconds: 300 },
];
const STEPS = [{ type: 'update_browse_history', parameters: { history: HISTORY } }];

/** Puts a file where OSWorld's empty database is once it has been downloaded. */
async function cacheEmptyHistory(root: string): Promise<void> {
  await mkdir(join(root, 'downloads'));
  await writeFile(join(root, 'downloads', `${urlUuid(EMPTY_HISTORY_URL)}_history_empty.sqlite`), 'sqlite');
}

describe('update_browse_history', () => {
  it('fills OSWorld’s empty database in the guest', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest();
    await cacheEmptyHistory(folder.path);
    await runSetup(STEPS, setupContext(guest, join(folder.path, 'task')));
    const [upload, execute] = guest.requests;
    expect(upload && (await uploadedFile(upload))).toEqual({
      path: '/tmp/arpo-env-history.sqlite',
      data: Buffer.from('sqlite'),
    });
    expect(execute).toMatchObject({
      path: '/execute',
      body: {
        command: ['python3', '-c', FILL_HISTORY, '/tmp/arpo-env-history.sqlite', JSON.stringify(HISTORY)],
        shell: false,
      },
    });
  });

  it('fails with what Python says when the rows cannot be written', async () => {
    using folder = new TemporaryFolder();
    await using guest = await fixtureGuest({
      '/execute': () => ({
        json: {
          status: 'success',
          output: '',
          error: 'Traceback …\nsqlite3.OperationalError: no such table: urls\n',
          returncode: 1,
        },
      }),
    });
    await cacheEmptyHistory(folder.path);
    await expect(runSetup(STEPS, setupContext(guest, join(folder.path, 'task')))).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message: expect.stringMatching(
        /could not be written in the guest: sqlite3\.OperationalError: no such table: urls$/,
      ),
    });
  });
});
