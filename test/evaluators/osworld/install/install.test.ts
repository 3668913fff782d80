import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { install } from '../../../../src/evaluators/osworld/install/install.js';
import { planInstallation } from '../../../../src/evaluators/osworld/install/plan.js';
import { readInstallation } from '../../../../src/evaluators/osworld/installation.js';
import type { Argv, Followed } from '../../../../src/host/host.js';
import { FakeHost } from '../../../support/fake-host.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

const REFUSED = 'NewConnectionError: Failed to establish a new connection: Connection refused';

/** A machine with a Python whose pip lays packages into a real folder, all but those that it cannot reach. */
class Machine extends FakeHost {
  isTorchThere = false;
  readonly installed: string[] = [];
  readonly #dir: string;

  constructor(dir: string) {
    super();
    this.#dir = dir;
  }

  override run(argv: Argv) {
    const isUv = argv.some((word) => word === 'uv' || word.endsWith('/uv'));
    return { exitCode: isUv ? 127 : 0, stdout: isUv ? '' : '3.11.7 True\n', stderr: '' };
  }

  override follow(argv: Argv): Followed {
    const target = argv.includes('--target');
    const pins = argv.filter((word) => /^[\w.-]+==/.test(word));
    if (pins.some((pin) => pin.startsWith('torch')) && !this.isTorchThere)
      return { exitCode: 1, lines: [REFUSED] };
    this.#write('venv/bin/python', '#!/bin/sh\n');
    if (target)
      for (const kind of ['metrics', 'getters'])
        this.#write(`osworld.new/desktop_env/evaluators/${kind}/a.py`, '');
    else for (const pin of pins) this.#lay(pin);
    return { exitCode: 0, lines: [] };
  }

  #lay(pin: string): void {
    const folder = `venv/lib/python3.11/site-packages/${pin.replace('==', '-')}.dist-info`;
    this.#write(`${folder}/INSTALLER`, 'pip\n');
    this.#write(`${folder}/RECORD`, '');
    this.installed.push(pin.split('==')[0] ?? '');
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#dir, path)), { recursive: true });
    writeFileSync(join(this.#dir, path), text);
    chmodSync(join(this.#dir, path), 0o755);
  }
}

it('keeps core where the rest of all cannot be had, and goes on with that', async () => {
  using folder = new TemporaryFolder();
  const dir = join(folder.path, 'evaluators');
  const machine = new Machine(dir);
  const { evaluators: settings } = configSchema.parse({ evaluators: { dir } });
  const { signal } = new AbortController();
  const plan = () =>
    planInstallation({
      settings,
      set: 'all',
      offline: null,
      requirements: null,
      machine: machine.toHost(),
      signal,
    });
  const carryOut = async () =>
    install(
      { settings, set: 'all', offline: null, requirements: null, machine: machine.toHost(), signal },
      await plan(),
      () => undefined,
    );

  await expect(carryOut()).rejects.toMatchObject({
    code: 'E_EVALUATORS_INSTALL',
    message:
      'https://download.pytorch.org/whl/cpu cannot be reached; the set core is installed, and works without it',
    fix: expect.stringContaining('ARPO_ENV_EVALUATORS_TORCH_INDEX_URL=URL'),
  });
  expect(await readInstallation({ dir })).toMatchObject({ set: 'core', problems: [] });
  expect(machine.installed).toContain('librosa');
  expect(await plan()).toMatchObject({ set: 'all', nothingToDo: false });

  machine.isTorchThere = true;
  machine.installed.length = 0;
  expect(await carryOut()).toMatchObject({ set: 'all' });
  expect(machine.installed.sort()).toEqual(['torch', 'torchvision']);
  expect(await readInstallation({ dir })).toMatchObject({ set: 'all', problems: [] });
});
