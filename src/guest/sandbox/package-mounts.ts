/** This program inside a sandbox: Node and the files of the package, and nothing else of the folders that they lie in. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packageFile } from '../../lib/package.js';
import type { Mount } from './view.js';

/** In a folder that no system has. */
const FOLDER = '/run/arpo-env';
const NODE = `${FOLDER}/node`;
/** What is run of the package. A package of npm has little else; a clone has the user's own files beside it. */
const PARTS = ['package.json', 'bin', 'dist', 'templates', 'node_modules'];

export interface PackageInside {
  mounts: Mount[];
  /** The command line that starts this program inside. */
  command: string[];
}

export function packageInside(): PackageInside {
  const root = realpathSync(packageFile('.'));
  const node = { source: realpathSync(process.execPath), target: NODE };
  const command = (folder: string) => [NODE, join(folder, 'bin/arpo-env.js')];
  // npm puts what a package needs beside it, into the node_modules folder that it is in itself.
  if (basename(dirname(root)) === 'node_modules' && !existsSync(join(root, 'node_modules'))) {
    const modules = `${FOLDER}/node_modules`;
    return {
      mounts: [node, { source: dirname(root), target: modules }],
      command: command(join(modules, basename(root))),
    };
  }
  const folder = `${FOLDER}/package`;
  const parts = PARTS.filter((name) => existsSync(join(root, name)));
  return {
    mounts: [node, ...parts.map((name) => ({ source: join(root, name), target: join(folder, name) }))],
    command: command(folder),
  };
}
