import { expect, it } from 'vitest';
import type { InstallationStatus } from '../../../src/evaluators/osworld/status.js';
import { packageFile } from '../../../src/lib/package.js';
import { evaluators } from '../../../src/setup/steps/evaluators.js';
import { installedEvaluators } from '../../doctor/answers.js';
import { FakeMachine } from '../fake-machine.js';

const step = (status: InstallationStatus = installedEvaluators()) => evaluators(async () => status);

function missing(): InstallationStatus {
  const status = installedEvaluators();
  status.installed = null;
  status.installation.problems = [
    { code: 'E_EVALUATORS_INSTALL', message: 'not installed', fix: 'arpo-env evaluators install' },
  ];
  return status;
}

it('does not apply where nobody wants them', async () => {
  const { context } = new FakeMachine({ settings: { evaluatorSet: 'none' } });
  expect(await step(missing()).inspect(context)).toMatchObject({ state: 'not-applicable' });
  expect(await step(missing()).plan(context)).toEqual([]);
});

it('is needed where they are missing, too few or of another version, else done', async () => {
  const inspect = (status: InstallationStatus, evaluatorSet: 'core' | 'all' = 'core') =>
    step(status).inspect(new FakeMachine({ settings: { evaluatorSet } }).context);
  expect(await inspect(missing())).toEqual({ state: 'needed', why: 'not installed' });
  expect(await inspect(installedEvaluators(), 'all')).toEqual({
    state: 'needed',
    why: '/data/evaluators has the set core',
  });
  expect(await inspect({ ...installedEvaluators(), outdated: ['numpy'] })).toMatchObject({ state: 'needed' });
  expect(await inspect(installedEvaluators())).toEqual({
    state: 'done',
    note: "358 of OSWorld's 369 tasks can be scored",
  });
});

it("runs our own installer; an index's address is not seen in the process list", async () => {
  const url = 'https://me:s3cret@pypi.example/simple';
  const online = new FakeMachine({ settings: { evaluatorSet: 'all', pipIndexUrl: url } });
  const [command] = await step(missing()).plan(online.context);
  expect(command?.argv.slice(1)).toEqual([
    packageFile('bin/arpo-env.js'),
    ...['evaluators', 'install', '--set', 'all', '--yes', '--json'],
  ]);
  expect(command?.env).toEqual({ ARPO_ENV_EVALUATORS_INDEX_URL: url });
  expect(command?.progress?.()('… package 3 of 60, 12 MB so far: numpy')).toEqual({
    fraction: 0.05,
    text: 'package 3 of 60, 12 MB',
  });
  const offline = new FakeMachine({ settings: { offline: '/usb' } });
  const [brought] = await step(missing()).plan(offline.context);
  expect(brought?.argv.join(' ')).toContain('--offline /usb/wheels');
});

it("passes the installer's own error on", () => {
  const { context } = new FakeMachine();
  const error = { code: 'E_DISK_FULL', message: 'no space left', fix: 'df -h' };
  const failure = { command: { argv: ['node'], as: 'user' }, exitCode: 1 } as const;
  const explain = (lines: string[]) => step().explain?.({ ...failure, lines }, context);
  expect(explain(['… compiling', JSON.stringify({ error })])).toEqual({
    ...error,
    fix: 'df -h; this step alone: arpo-env evaluators install',
  });
  expect(explain(['Killed'])).toBeNull();
});
