/**
 * The Python of a desktop: a virtual environment of ours with what OSWorld's machine has, made from the system's Python,
 * whose packages it sees. Modules are looked up as files, which is faster than to start an interpreter.
 */
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { packageFile } from '../../lib/package.js';
import { isFile } from './executables.js';

/** The Python for which Debian and Ubuntu build their modules, whatever else is in front of it in PATH. */
export const SYSTEM_PYTHON = '/usr/bin/python3';

/** What is imported from it, beside the names under which PyPI has it (templates/desktop/requirements.txt). */
export const DESKTOP_MODULES = [
  { name: 'pyautogui', module: 'pyautogui' },
  { name: 'python-xlib', module: 'Xlib' },
  { name: 'pillow', module: 'PIL' },
  { name: 'pyperclip', module: 'pyperclip' },
  { name: 'requests', module: 'requests' },
] as const;

const NAME = 'desktop-python';
/** For every user of the machine; a sandbox shows it with the rest of the system. */
const OF_THE_MACHINE = join('/usr/local/lib/arpo-env', NAME);
/** Where a sandbox shows one that lies in a person's home, which it hides. */
export const IN_SANDBOX = join('/run/arpo-env', NAME);

/** Folder of the first that is whole; null when there is none. */
export async function findDesktopPython(
  folders: readonly string[] = desktopPythonFolders(),
): Promise<string | null> {
  const modules = DESKTOP_MODULES.map(({ module }) => module);
  const missing = await Promise.all(folders.map((folder) => missingModules(pythonIn(folder), modules)));
  return folders.find((_folder, index) => missing[index]?.length === 0) ?? null;
}

/** Where one is looked for; the last is the one that this user would make. */
export function desktopPythonFolders(): string[] {
  return [...new Set([IN_SANDBOX, OF_THE_MACHINE, newDesktopPythonFolder()])];
}

/** Root makes one for everybody. */
export function newDesktopPythonFolder(): string {
  if (process.getuid?.() === 0) return OF_THE_MACHINE;
  return join(envPaths('arpo-env', { suffix: '' }).data, NAME);
}

/** The interpreter in such a folder. */
export function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python3');
}

/**
 * Makes one in `folder`, and makes one anew that is broken, as after an upgrade of the system's Python. The pip of Ubuntu 22.04
 * builds packages with parts of the system's setuptools, which fails.
 */
export function makingDesktopPython(folder: string): [string, ...string[]][] {
  const requirements = packageFile('templates/desktop/requirements.txt');
  const install = [pythonIn(folder), '-m', 'pip', 'install', '--disable-pip-version-check'] as const;
  return [
    [SYSTEM_PYTHON, '-m', 'venv', '--clear', '--system-site-packages', folder],
    [...install, '--upgrade', 'pip'],
    [...install, '--requirement', requirements],
  ];
}

/** Those of `modules` (packages by the names under which they are imported) that the interpreter does not find. */
export async function missingModules(interpreter: string, modules: readonly string[]): Promise<string[]> {
  const folders = await moduleFolders(interpreter);
  const isThere = await Promise.all(
    modules.map(async (module) => {
      const found = await Promise.all(folders.map((folder) => isFile(join(folder, module, '__init__.py'))));
      return found.includes(true);
    }),
  );
  return modules.filter((_module, index) => !isThere[index]);
}

/**
 * The folders of its `sys.path`: the environment's own, then those of the Python that it was made from. None for an
 * interpreter that is not there; of another version than the environment's own, the environment has none.
 */
async function moduleFolders(interpreter: string): Promise<string[]> {
  const real = await realpath(interpreter).catch(() => '');
  const name = /python3\.\d+$/.exec(real)?.[0];
  if (name === undefined) return [];
  const system = dirname(dirname(real));
  return [dirname(dirname(interpreter)), system, join(system, 'local')].flatMap((prefix) => [
    join(prefix, 'lib', name),
    join(prefix, 'lib', name, 'site-packages'),
    join(prefix, 'lib', name, 'dist-packages'),
    join(prefix, 'lib', 'python3', 'dist-packages'),
  ]);
}
