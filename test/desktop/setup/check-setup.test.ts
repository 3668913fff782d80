import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSetup, runSetup } from '../../../src/desktop/setup/run-setup.js';
import { type SetupStep, taskSchema } from '../../../src/desktop/task.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureGuest, setupContext } from './fixture-guest.js';

const OSWORLD_TASKS = '../shared/conformance/osworld-tasks.jsonl';

const told = (type: string, parameters: Record<string, unknown>) =>
  checkSetup([{ type, parameters }]).map(({ code, message }) => `${code} ${message}`);

describe('checkSetup', () => {
  it('names an unknown type and the nearest known one', () => {
    expect(
      checkSetup([
        { type: 'sleep', parameters: { seconds: 1 } },
        { type: 'lunch', parameters: {} },
      ]),
    ).toEqual([
      {
        code: 'E_TASK_INVALID',
        message: 'setup step 2 (lunch) has an unknown type',
        fix: 'did you mean launch?',
      },
    ]);
    expect(checkSetup([{ type: 'proxy_everything', parameters: {} }])[0]?.fix).toMatch(
      /^known are activate_window, /,
    );
  });

  it.each(['constructor', '__proto__', 'toString', ''])('knows no type %j', (type) => {
    expect(told(type, {})).toEqual([`E_TASK_INVALID setup step 1 (${type}) has an unknown type`]);
  });

  it.each([
    ['launch', {}, 'setup step 1 (launch): command: must be text or a list of words'],
    [
      'launch',
      { command: [] },
      'setup step 1 (launch): command: Too small: expected array to have >=1 items',
    ],
    ['launch', { command: 'a', shel: true }, 'setup step 1 (launch): Unrecognized key: "shel"'],
    ['execute', { command: 'a', shell: 'yes' }, 'setup step 1 (execute): shell: must be true or false'],
    [
      'execute',
      { command: 'a', stdout: '../a' },
      'setup step 1 (execute): stdout: must be a file name without folders',
    ],
    [
      'execute',
      { command: 'a', stderr: '..' },
      'setup step 1 (execute): stderr: must be a file name without folders',
    ],
    [
      'execute',
      { command: 'a', until: { exit: 0 } },
      'setup step 1 (execute): until: Unrecognized key: "exit"',
    ],
    [
      'sleep',
      { seconds: '3' },
      'setup step 1 (sleep): seconds: Invalid input: expected number, received string',
    ],
    ['sleep', { seconds: -1 }, 'setup step 1 (sleep): seconds: Too small: expected number to be >=0'],
    ['open', { path: '' }, 'setup step 1 (open): path: Too small: expected string to have >=1 characters'],
    [
      'download',
      { files: [{ url: 'file:///etc/passwd', path: '/a' }] },
      'setup step 1 (download): files.0.url: must be an http(s) URL',
    ],
    [
      'download',
      { files: [{ url: 'http://h/a', path: '/a/' }] },
      'setup step 1 (download): files.0.path: must be the path of a file',
    ],
    [
      'login',
      { settings_file: 'a.json', platform: 'x' },
      'setup step 1 (login): platform: Invalid input: expected "googledrive"',
    ],
  ])('refuses %s with %j', (type, parameters, message) => {
    expect(told(type, parameters)).toEqual([`E_TASK_INVALID ${message}`]);
  });

  it('finds everything at once', () => {
    const steps = [
      { type: 'lunch', parameters: {} },
      { type: 'sleep', parameters: {} },
      { type: 'activate_window', parameters: { window_name: 1, strict: 'no' } },
    ];
    expect(checkSetup(steps).map(({ message }) => message)).toEqual([
      expect.stringContaining('step 1 (lunch)'),
      expect.stringContaining('step 2 (sleep): seconds'),
      expect.stringContaining('step 3 (activate_window): window_name'),
      expect.stringContaining('step 3 (activate_window): strict'),
    ]);
  });

  it('says which credentials a step needs', () => {
    const steps = [
      { type: 'login', parameters: { settings_file: 'google/settings.json', platform: 'googledrive' } },
      {
        type: 'googledrive',
        parameters: { settings_file: 'drive/settings.yml', operation: ['delete'], args: [{}] },
      },
    ];
    expect(checkSetup(steps).map(({ code, message }) => [code, message])).toEqual([
      [
        'E_TASK_CREDENTIALS',
        expect.stringMatching(/^setup step 1 \(login\) needs .* Google account .* google\/settings\.json$/),
      ],
      [
        'E_TASK_CREDENTIALS',
        expect.stringMatching(/^setup step 2 \(googledrive\) needs .* Google Drive .* drive\/settings\.yml$/),
      ],
    ]);
  });
});

describe('runSetup', () => {
  it('asks the guest for nothing when a later step is wrong', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const steps = [
      { type: 'launch', parameters: { command: 'a' } },
      { type: 'lunch', parameters: {} },
    ];
    await expect(runSetup(steps, setupContext(guest, folder.path))).rejects.toMatchObject({
      code: 'E_TASK_INVALID',
    });
    expect(guest.requests).toEqual([]);
  });

  it('tells each step, in order', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    const steps = [
      { type: 'launch', parameters: { command: 'a' } },
      { type: 'sleep', parameters: { seconds: 0.001 } },
    ];
    await runSetup(steps, setupContext(guest, folder.path, progress));
    expect(progress).toEqual(['setup step 1 of 2 (launch)', 'setup step 2 of 2 (sleep)']);
  });

  it('starts no step after an abort', async () => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const context = { ...setupContext(guest, folder.path), signal: AbortSignal.abort(new Error('enough')) };
    await expect(runSetup([{ type: 'launch', parameters: { command: 'a' } }], context)).rejects.toThrow(
      'enough',
    );
    expect(guest.requests).toEqual([]);
  });
});

describe.skipIf(!existsSync(OSWORLD_TASKS))(
  `OSWorld's tasks (${OSWORLD_TASKS}; skipped where it is absent)`,
  () => {
    const tasks = () =>
      readFileSync(OSWORLD_TASKS, 'utf8')
        .trim()
        .split('\n')
        .map((line) => taskSchema.parse(JSON.parse(line)));
    const stepsOf = (task: ReturnType<typeof tasks>[number]): SetupStep[] => [
      ...task.config,
      ...task.evaluator.postconfig,
    ];

    it('are all accepted, but for the 8 that need a Google account', () => {
      const problems = tasks().map((task) => checkSetup(stepsOf(task)));
      expect(problems).toHaveLength(369);
      expect(problems.filter((found) => found.length > 0)).toHaveLength(8);
      expect(new Set(problems.flat().map(({ code }) => code))).toEqual(new Set(['E_TASK_CREDENTIALS']));
    });

    it('have these steps', () => {
      const counts: Record<string, number> = {};
      for (const { type } of tasks().flatMap(stepsOf)) counts[type] = (counts[type] ?? 0) + 1;
      expect(counts).toEqual({
        activate_window: 201,
        chrome_close_tabs: 1,
        chrome_open_tabs: 53,
        close_window: 8,
        command: 33,
        download: 295,
        execute: 356,
        googledrive: 8,
        launch: 306,
        login: 8,
        open: 157,
        sleep: 307,
        update_browse_history: 1,
      });
    });
  },
);
