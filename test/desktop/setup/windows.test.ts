import { describe, expect, it } from 'vitest';
import { runSetup } from '../../../src/desktop/setup/run-setup.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureGuest, setupContext } from './fixture-guest.js';

describe.each(['activate_window', 'close_window'])('%s', (type) => {
  it('sends the name and OSWorld’s defaults', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const steps = [
      { type, parameters: { window_name: 'Chrome' } },
      { type, parameters: { window_name: 'Mail.thunderbird', strict: true, by_class: true } },
    ];
    await runSetup(steps, setupContext(guest, folder.path));
    expect(guest.requests).toMatchObject([
      { path: `/setup/${type}`, body: { window_name: 'Chrome', strict: false, by_class: false } },
      { path: `/setup/${type}`, body: { window_name: 'Mail.thunderbird', strict: true, by_class: true } },
    ]);
  });

  it('tells a failure that the guest reports, and goes on', async () => {
    await using guest = await fixtureGuest({
      [`/setup/${type}`]: () => ({ status: 404, text: 'not found' }),
    });
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    await runSetup(
      [{ type, parameters: { window_name: 'Chrome' } }],
      setupContext(guest, folder.path, progress),
    );
    expect(progress[1]).toMatch(
      new RegExp(`^${type} Chrome failed; continuing as OSWorld does: .*404: not found$`),
    );
  });
});

describe.each([
  ['open', '/setup/open_file'],
  ['change_wallpaper', '/setup/change_wallpaper'],
])('%s', (type, route) => {
  it('sends the path', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    await runSetup([{ type, parameters: { path: '/home/user/a.png' } }], setupContext(guest, folder.path));
    expect(guest.requests).toMatchObject([{ path: route, body: { path: '/home/user/a.png' } }]);
  });

  it('fails when the guest reports a failure', async () => {
    await using guest = await fixtureGuest({
      [route]: () => ({ status: 404, text: 'File not found: /a.png' }),
    });
    using folder = new TemporaryFolder();
    const steps = [
      { type: 'sleep', parameters: { seconds: 0 } },
      { type, parameters: { path: '/a.png' } },
    ];
    await expect(runSetup(steps, setupContext(guest, folder.path))).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message: expect.stringMatching(
        new RegExp(`^setup step 2 of 2 \\(${type}\\) failed: .*404: File not found: /a\\.png$`),
      ),
      fix: 'correct the path /a.png in the task, or let a step before this one put the file there',
      // No other desktop is booted for it.
      cause: { code: 'E_TASK_INVALID' },
    });
  });

  it('fails as the agent does when it is not the file that is missing', async () => {
    await using guest = await fixtureGuest({ [route]: () => ({ status: 500, text: 'no window' }) });
    using folder = new TemporaryFolder();
    const steps = [{ type, parameters: { path: '/a.png' } }];
    await expect(runSetup(steps, setupContext(guest, folder.path))).rejects.toMatchObject({
      cause: { code: 'E_AGENT_FAILED' },
    });
  });
});

describe('sleep', () => {
  it('ends at an abort', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const controller = new AbortController();
    const context = { ...setupContext(guest, folder.path), signal: controller.signal };
    const sleeping = runSetup([{ type: 'sleep', parameters: { seconds: 3600 } }], {
      ...context,
      onProgress: () => queueMicrotask(() => controller.abort(new Error('enough'))),
    });
    await expect(sleeping).rejects.toThrow('enough');
  });
});
