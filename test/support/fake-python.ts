/** A system's Python and a desktop's Python made from it, as far as files show them. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DESKTOP_MODULES } from '../../src/guest/x11/desktop-python.js';
import type { TemporaryFolder } from './temporary-folder.js';

export const MODULES: readonly string[] = DESKTOP_MODULES.map(({ module }) => module);

/** Where missingX11Programs looks. `version`: of the Python that the desktop's was made from; the system's is 3.11. */
export function fakePython(
  folder: TemporaryFolder,
  { modules = MODULES, version = '3.11' } = {},
): { pythons: string[]; systemPython: string } {
  folder.write('usr/bin/python3.11', '');
  for (const name of ['json', 'tkinter']) folder.write(`usr/lib/python3.11/${name}/__init__.py`, '');
  const systemPython = join(folder.path, 'usr/bin/python3');
  symlinkSync('python3.11', systemPython);
  const python = join(folder.path, 'python');
  mkdirSync(join(python, 'bin'), { recursive: true });
  symlinkSync(systemPython, join(python, 'bin/python3'));
  const packages = `python/lib/python${version}/site-packages`;
  for (const name of modules) folder.write(`${packages}/${name}/__init__.py`, '');
  return { pythons: ['/nowhere', python], systemPython };
}
