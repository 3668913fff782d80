import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const PPTX = {
  ...{ id: 'slides', instruction: 'make slides', snapshot: 'libreoffice_impress' },
  evaluator: { func: 'compare_pptx_files', result: { type: 'vm_file', path: '/a.pptx', dest: 'a.pptx' } },
};

/** In a folder without a clone, where nothing is installed. */
const check = (folder: TemporaryFolder, ...args: string[]) =>
  execa(process.execPath, [bin, 'tasks', 'check', ...args], {
    cwd: folder.path,
    env: { HOME: folder.path, XDG_DATA_HOME: folder.path },
    reject: false,
  });

test('exits with 0 when all can be scored, else with 3, and names what is missing', async () => {
  using folder = new TemporaryFolder({
    'good.json': JSON.stringify(INFEASIBLE_TASK),
    'all.jsonl': [INFEASIBLE_TASK, PPTX].map((task) => JSON.stringify(task)).join('\n'),
  });
  expect(await check(folder, 'good.json')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('✓ the task can be set up and scored (scored: 1 by our own metrics)'),
  });
  const { exitCode, stdout } = await check(folder, 'all.jsonl');
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/slides +ok +nobody +OSWorld's evaluators\n\n→ arpo-env evaluators install\n/);
  expect(await check(folder, 'all.jsonl', '--assume', 'core')).toMatchObject({ exitCode: 0 });
});

test('--json is one document', async () => {
  using folder = new TemporaryFolder({ 'slides.json': JSON.stringify(PPTX) });
  const { stdout, exitCode } = await check(folder, 'slides.json', '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toEqual({
    tasks: [
      {
        ...{ id: 'slides', domain: 'libreoffice_impress', setup: 'ok', judge: null },
        missing: ["OSWorld's evaluators"],
      },
    ],
    summary: {
      ...{ total: 1, scorable: 0, usable: 0, judges: { native: 0, osworld: 0 } },
      domains: { libreoffice_impress: { total: 1, scorable: 0, usable: 0 } },
      missing: { "OSWorld's evaluators": 1 },
    },
  });
});

test('without a name it takes the training config of the clone, and says which', async () => {
  using folder = new TemporaryFolder({
    'arpo_remote_env/configs/smoke_remote_env_tunnel.yaml': 'data:\n  train_files: ee/train.json\n',
    'arpo_remote_env/ee/train.json': '{"os": ["infeasible"]}',
    'arpo_remote_env/ee/examples/os/infeasible.json': JSON.stringify(INFEASIBLE_TASK),
  });
  const { exitCode, stderr } = await check(folder);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: `the tasks of ${folder.path}/arpo_remote_env/configs/smoke_remote_env_tunnel.yaml`,
  });
});

test('without a name and a clone it says what to name', async () => {
  using folder = new TemporaryFolder();
  const { exitCode, stderr } = await check(folder);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('→ arpo-env tasks check evaluation_examples/test_all.json');
});
