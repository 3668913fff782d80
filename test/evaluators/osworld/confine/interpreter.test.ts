import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { interpreterMounts, isTooMuch } from '../../../../src/evaluators/osworld/confine/interpreter.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

/** A home with a virtual environment in it, made from a Python that is named by two links, as uv's are. */
class Home extends TemporaryFolder {
  readonly root = realpathSync(this.path);

  file(path: string): string {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    this.write(path, '');
    return file;
  }

  link(path: string, target: string): string {
    const link = join(this.root, path);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
    return link;
  }
}

test('an environment is shown with the Python that it was made from, and the links between with nothing beside them', async () => {
  using home = new Home();
  const { root } = home;
  home.file('uv/cpython-3.11.7/bin/python3.11');
  home.link('uv/cpython-3.11', 'cpython-3.11.7');
  home.link('.local/bin/python3', `${root}/uv/cpython-3.11/bin/python3.11`);
  home.file('.local/bin/another-program');
  home.file('venv/pyvenv.cfg');
  const python = home.link('venv/bin/python', '../../.local/bin/python3');
  expect(await interpreterMounts(python)).toEqual({
    mounts: [
      { source: `${root}/venv`, target: `${root}/venv` },
      { source: `${root}/uv/cpython-3.11.7`, target: `${root}/uv/cpython-3.11` },
      { source: `${root}/uv/cpython-3.11.7`, target: `${root}/uv/cpython-3.11.7` },
    ],
    links: [{ path: `${root}/.local/bin/python3`, target: `${root}/uv/cpython-3.11/bin/python3.11` }],
  });
});

test('of an environment of the system’s Python it alone is shown', async () => {
  using home = new Home();
  home.file('venv/pyvenv.cfg');
  const python = home.link('venv/bin/python', '/usr/bin/env');
  expect(await interpreterMounts(python)).toEqual({
    mounts: [{ source: `${home.root}/venv`, target: `${home.root}/venv` }],
    links: [],
  });
  expect(await interpreterMounts('/usr/bin/env')).toEqual({ mounts: [], links: [] });
});

test('a link without end is one that leads nowhere', async () => {
  using home = new Home();
  const python = home.link('bin/python', 'python');
  await expect(interpreterMounts(python)).rejects.toThrow('ELOOP');
});

test('a home is never shown, nor what holds homes', () => {
  expect([homedir(), dirname(homedir()), '/home', '/'].map(isTooMuch)).toEqual([true, true, true, true]);
  expect(isTooMuch(join(homedir(), 'OSWorld/desktop_env'))).toBe(false);
});
