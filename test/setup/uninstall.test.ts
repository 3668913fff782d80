import { expect, it } from 'vitest';
import { newDesktopPythonFolder } from '../../src/guest/x11/desktop-python.js';
import { applySteps, surveySteps } from '../../src/setup/setup.js';
import { configFile } from '../../src/setup/steps/config-file.js';
import { type UserData, uninstallSteps } from '../../src/setup/uninstall.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { FakeMachine } from './fake-machine.js';

const OURS = [
  '/etc/systemd/system/arpo-env-serve.service',
  '/etc/systemd/system/arpo-env-tunnel.service',
  '/etc/systemd/system/docker.service.d/arpo-env-proxy.conf',
  `${newDesktopPythonFolder()}/bin/python3`,
  '/home/user/.cache/arpo-env/container-ran',
];
const THEIRS = ['/home/user/repo/.git/HEAD', '/home/user/VMs/Ubuntu.qcow2'];

/** A machine on which `rm` works. */
function machineWith(...files: string[]): FakeMachine {
  const machine = new FakeMachine();
  for (const file of files) machine.files[file] = '';
  return machine.onRun(/^rm /, () => {
    const targets = machine.ran.at(-1)?.split(' -- ')[1]?.split(' ') ?? [];
    for (const file of Object.keys(machine.files)) {
      if (targets.some((target) => file === target || file.startsWith(`${target}/`)))
        delete machine.files[file];
    }
  });
}

async function uninstall(machine: FakeMachine, named: UserData[] = []) {
  using state = new TemporaryFolder();
  const survey = await surveySteps(
    uninstallSteps(named, { ARPO_ENV_STATE_DIR: state.path }),
    machine.context,
  );
  return applySteps(
    survey,
    machine.context,
    () => {},
    () => {},
  );
}

it('takes away what is ours and leaves what is not', async () => {
  const machine = machineWith(...OURS, ...THEIRS);
  await uninstall(machine);
  expect(Object.keys(machine.files)).toEqual(THEIRS);
  expect(machine.ran.filter((line) => line.includes('disable'))).toEqual([
    'sudo systemctl disable --now arpo-env-serve.service',
    'sudo systemctl disable --now arpo-env-tunnel.service',
  ]);
});

it('takes what is named as well', async () => {
  const machine = machineWith(...OURS, ...THEIRS).onQuery(/^docker image inspect/, () => ({
    exitCode: machine.ran.some((line) => line.startsWith('docker image rm')) ? 1 : 0,
  }));
  await uninstall(machine, ['repo', 'qcow2', 'image']);
  expect(Object.keys(machine.files)).toEqual([]);
  expect(machine.ran).toContain('docker image rm happysixd/osworld-docker');
});

it('changes nothing where nothing is left', async () => {
  const machine = machineWith(...THEIRS);
  const reports = await uninstall(machine);
  expect(machine.ran).toEqual([]);
  expect(reports.every(({ outcome }) => outcome === 'unchanged')).toBe(true);
});

it('takes the config file that setup-vm wrote, but not once it was edited', async () => {
  const machine = machineWith();
  const path = machine.context.settings.configFile;
  const text = (await configFile.plan(machine.context))[0]?.stdin ?? '';
  machine.files[path] = `${text}# my note\n`;
  await uninstall(machine);
  expect(path in machine.files).toBe(true);
  machine.files[path] = text;
  await uninstall(machine);
  expect(path in machine.files).toBe(false);
});
