import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runSetup } from '../../../src/desktop/setup/run-setup.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureGuest, setupContext } from './fixture-guest.js';

const executed = (result: object) => ({
  json: { status: 'success', output: '', error: '', returncode: 0, ...result },
});
const failed = (message: string) => ({ status: 500, json: { status: 'error', message } });

describe('launch', () => {
  it.each([
    ['a list as it is', { command: ['code', '/a b'] }, { command: ['code', '/a b'], shell: false }],
    [
      'text without a shell split on blanks',
      { command: ' vlc  --no-audio\t/a ' },
      { command: ['vlc', '--no-audio', '/a'], shell: false },
    ],
    ['one word as text', { command: 'gimp' }, { command: 'gimp', shell: false }],
    [
      'text for a shell as it is',
      { command: 'A=1 vlc "a b"', shell: true },
      { command: 'A=1 vlc "a b"', shell: true },
    ],
    [
      'placeholders as they are',
      { command: ['echo', '{SCREEN_WIDTH}'] },
      { command: ['echo', '{SCREEN_WIDTH}'], shell: false },
    ],
  ])('sends %s', async (_, parameters, body) => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    await runSetup([{ type: 'launch', parameters }], setupContext(guest, folder.path));
    expect(guest.requests).toMatchObject([{ path: '/setup/launch', body }]);
  });

  it('tells a failure that the guest reports, and goes on', async () => {
    await using guest = await fixtureGuest({
      '/setup/launch': () => failed("No such file or directory: 'gimp'"),
    });
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    const steps = ['gimp', 'vlc'].map((command) => ({ type: 'launch', parameters: { command } }));
    await runSetup(steps, setupContext(guest, folder.path, progress));
    expect(guest.requests).toHaveLength(2);
    expect(progress).toContainEqual(
      expect.stringMatching(
        /^launch "gimp" failed; continuing as OSWorld does: .* 500: .*No such file or directory: 'gimp'/,
      ),
    );
  });

  it('ends the set-up when nobody answers', async () => {
    const guest = await fixtureGuest();
    await guest[Symbol.asyncDispose]();
    using folder = new TemporaryFolder();
    await expect(
      runSetup([{ type: 'launch', parameters: { command: 'gimp' } }], setupContext(guest, folder.path)),
    ).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message: expect.stringMatching(
        /^setup step 1 of 1 \(launch\) failed: the guest agent at .* did not answer/,
      ),
      cause: { code: 'E_AGENT_UNREACHABLE' },
    });
  });

  it('takes a gateway that answers for a dead guest as nobody', async () => {
    await using guest = await fixtureGuest({ '/setup/launch': () => ({ status: 502, text: 'bad gateway' }) });
    using folder = new TemporaryFolder();
    await expect(
      runSetup([{ type: 'launch', parameters: { command: 'gimp' } }], setupContext(guest, folder.path)),
    ).rejects.toMatchObject({ cause: { code: 'E_AGENT_UNREACHABLE' } });
  });
});

describe.each(['execute', 'command'])('%s', (type) => {
  it('fills in the placeholders, halves rounded down, and nothing else in braces', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const command = [
      'python',
      '-c',
      'click({SCREEN_WIDTH_HALF}, {SCREEN_HEIGHT_HALF}); {SCREEN_WIDTH}x{SCREEN_HEIGHT} {CLIENT_PASSWORD} {OTHER} {"a":1}',
    ];
    await runSetup([{ type, parameters: { command } }], setupContext(guest, folder.path));
    expect(guest.requests).toMatchObject([
      {
        path: '/execute',
        body: {
          command: ['python', '-c', 'click(683, 384); 1367x769 open sesame {OTHER} {"a":1}'],
          shell: false,
        },
      },
    ]);
  });

  it('takes "true" as true, as five of OSWorld’s steps have it', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    await runSetup(
      [{ type, parameters: { command: 'a && b', shell: 'true' } }],
      setupContext(guest, folder.path),
    );
    expect(guest.requests).toMatchObject([{ body: { command: 'a && b', shell: true } }]);
  });

  it('keeps the output in the task’s folder, also of a command that ends with another code', async () => {
    await using guest = await fixtureGuest({
      '/execute': () => executed({ output: '1c1\nü\n', error: 'careful', returncode: 1 }),
    });
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    const parameters = { command: ['diff', 'a', 'b'], stdout: 'diff.out', stderr: 'diff.err' };
    await runSetup([{ type, parameters }], setupContext(guest, `${folder.path}/task`, progress));
    expect(await readFile(`${folder.path}/task/diff.out`, 'utf8')).toBe('1c1\nü\n');
    expect(await readFile(`${folder.path}/task/diff.err`, 'utf8')).toBe('careful');
    expect(progress).toContain('execute ["diff","a","b"] ended with code 1: "careful"');
  });

  it('tells a failure that the guest reports without the password, and goes on', async () => {
    await using guest = await fixtureGuest({
      '/execute': () => failed("Command 'echo open sesame | sudo -S apt update' timed out after 120 seconds"),
    });
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    const parameters = {
      command: 'echo {CLIENT_PASSWORD} | sudo -S apt update',
      shell: true,
      stdout: 'apt.out',
    };
    await runSetup([{ type, parameters }], setupContext(guest, folder.path, progress));
    expect(guest.requests).toHaveLength(1);
    expect(await readdir(folder.path)).toEqual([]);
    expect(progress.join('\n')).toContain(
      "'echo {CLIENT_PASSWORD} | sudo -S apt update' timed out after 120 seconds",
    );
    expect(progress.join('\n')).not.toContain('sesame');
  });
});

describe('execute until', () => {
  it.each([
    ['returncode', { returncode: 3 }, { returncode: 3 }],
    ['a part of stdout', { stdout: 'ready' }, { output: 'now ready.' }],
    ['a part of stderr', { stderr: 'done' }, { error: 'all done' }],
    ['either of two', { returncode: 9, stdout: 'ready' }, { output: 'ready' }],
  ])('repeats until %s is met', async (_, until, result) => {
    await using guest = await fixtureGuest({
      '/execute': (_request, count) => (count < 3 ? executed({ returncode: 1 }) : executed(result)),
    });
    using folder = new TemporaryFolder();
    await runSetup(
      [{ type: 'execute', parameters: { command: 'x', until } }],
      setupContext(guest, folder.path),
    );
    expect(guest.requests).toHaveLength(3);
  });

  it('fails after five failed requests', async () => {
    await using guest = await fixtureGuest({ '/execute': () => failed('no') });
    using folder = new TemporaryFolder();
    const steps = [{ type: 'execute', parameters: { command: 'x', until: { returncode: 0 } } }];
    await expect(runSetup(steps, setupContext(guest, folder.path))).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message:
        'setup step 1 of 1 (execute) failed: execute "x" never met {"returncode":0}: 5 requests failed',
    });
    expect(guest.requests).toHaveLength(5);
  });

  it('stops at an abort', async () => {
    const controller = new AbortController();
    await using guest = await fixtureGuest({
      '/execute': (_request, count) => {
        if (count === 2) controller.abort(new Error('enough'));
        return executed({ returncode: 1 });
      },
    });
    using folder = new TemporaryFolder();
    const context = { ...setupContext(guest, folder.path), signal: controller.signal };
    const steps = [{ type: 'execute', parameters: { command: 'x', until: { returncode: 0 } } }];
    await expect(runSetup(steps, context)).rejects.toThrow('enough');
    expect(guest.requests).toHaveLength(2);
  });
});

describe('execute_with_verification', () => {
  const parameters = { command: ['code'], verification: { window_exists: 'Code' } };

  it('sends OSWorld’s defaults', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    await runSetup([{ type: 'execute_with_verification', parameters }], setupContext(guest, folder.path));
    expect(guest.requests).toMatchObject([
      {
        path: '/setup/execute_with_verification',
        body: { ...parameters, shell: false, max_wait_time: 10, check_interval: 1 },
      },
    ]);
  });

  it('fails when the verification does', async () => {
    await using guest = await fixtureGuest({
      '/setup/execute_with_verification': () => ({ status: 500, json: { status: 'verification_failed' } }),
    });
    using folder = new TemporaryFolder();
    await expect(
      runSetup([{ type: 'execute_with_verification', parameters }], setupContext(guest, folder.path)),
    ).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      message: expect.stringContaining('verification_failed'),
    });
  });
});
