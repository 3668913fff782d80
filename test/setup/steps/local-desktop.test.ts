import { expect, it } from 'vitest';
import { newDesktopPythonFolder } from '../../../src/guest/x11/desktop-python.js';
import type { X11Program } from '../../../src/guest/x11/x11-program.js';
import { packageFile } from '../../../src/lib/package.js';
import { runCommand } from '../../../src/setup/run-command.js';
import { localDesktop } from '../../../src/setup/steps/local-desktop.js';
import { FakeMachine, SILENT } from '../fake-machine.js';

const XVFB: X11Program = { names: ['Xvfb'], debianPackage: 'xvfb', purpose: 'the X display' };
const XTERM: X11Program = { names: ['xterm'], debianPackage: 'xterm', purpose: 'the terminal' };
const PILLOW: X11Program = { names: ['pillow'], module: 'PIL', purpose: 'Python' };

const PYTHON = newDesktopPythonFolder();
const MAKE = `/usr/bin/python3 -m venv --clear --system-site-packages ${PYTHON}`;
const PIP = `${PYTHON}/bin/python3 -m pip install --disable-pip-version-check`;
const FILL = `${PIP} --requirement ${packageFile('templates/desktop/requirements.txt')}`;

const DEBIAN = { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian 12' };

function machine(settings = {}, distro = DEBIAN) {
  const local = { usesDocker: false, usesXDisplay: true, provider: 'local' };
  return new FakeMachine({ facts: { distro }, settings: { ...local, ...settings } });
}

const linesOf = async (missing: X11Program[], { context }: FakeMachine) =>
  (await localDesktop(async () => missing).plan(context)).map(({ argv }) => argv.join(' '));

it('does not apply where desktops come from elsewhere', async () => {
  const { context } = new FakeMachine();
  expect(await localDesktop(async () => [XVFB]).inspect(context)).toEqual({
    state: 'not-applicable',
    why: 'desktops come from docker, not from an X display here',
  });
});

it('is needed for as long as something is missing, and done once it was applied', async () => {
  const there = machine().onRun(
    / install .* xvfb /,
    () => void (missing = missing.filter((each) => each === PILLOW)),
  );
  there.onRun(/pip install .*--requirement/, () => void (missing = []));
  let missing = [XVFB, XTERM, PILLOW];
  const step = localDesktop(async () => missing);
  expect(await step.inspect(there.context)).toEqual({
    state: 'needed',
    why: 'Xvfb (the X display), xterm (the terminal), pillow (Python) not installed',
  });
  for (const command of await step.plan(there.context))
    await runCommand(command, step, there.context, SILENT);
  expect(there.ran.slice(-3)).toEqual([MAKE, `${PIP} --upgrade pip`, FILL]);
  expect(there.ran.at(-4)).toMatch(/^sudo apt-get .* install .* xvfb xterm python3-venv$/);
  expect(await step.inspect(there.context)).toEqual({
    state: 'done',
    note: 'programs and Python packages installed',
  });
});

it('leaves a whole Python as it is', async () => {
  expect((await linesOf([XTERM], machine())).filter((line) => line.includes('python'))).toEqual([]);
});

it('downloads a browser on Ubuntu, and takes it from the folder that was brought along', async () => {
  const ubuntu = { id: 'ubuntu', version: '24.04', codename: 'noble', name: 'Ubuntu 24.04' };
  const chromium: X11Program = { names: ['chromium'], debianPackage: 'chromium', purpose: 'the browser' };
  const lines = await linesOf([XTERM, chromium], machine({}, ubuntu));
  expect(lines.filter((line) => !line.endsWith(' update'))).toEqual([
    expect.stringMatching(/ install .* ca-certificates curl$/),
    expect.stringMatching(/^curl -fsSL -o \/home\/user\/google-chrome.deb https:/),
    expect.stringMatching(/ install .* xterm \/home\/user\/google-chrome.deb$/),
  ]);
  const brought = machine({ offline: '/media/stick' }, ubuntu);
  brought.files['/media/stick/debs/chrome.deb'] = '';
  expect(await linesOf([chromium], brought)).toEqual([
    expect.stringMatching(/ install .* --no-download \/media\/stick\/debs\/chrome.deb$/),
  ]);
});

it('takes Python packages from the configured index, or from the folder that was brought along', async () => {
  const configured = machine({ pipIndexUrl: 'https://user:secret@index.example/simple' });
  const commands = await localDesktop(async () => [PILLOW]).plan(configured.context);
  expect(commands.at(-1)).toMatchObject({
    as: 'user',
    env: { PIP_INDEX_URL: 'https://user:secret@index.example/simple' },
  });
  const lines = await linesOf([PILLOW], machine({ offline: '/media/stick' }));
  expect(lines.at(-1)).toBe(`${FILL} --no-index --find-links /media/stick/wheels`);
});
