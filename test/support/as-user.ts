/** Programs of this repository as another user of this machine, who may not enter the folders that it and Node lie in. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineUser } from './machine-user.js';
import type { TemporaryFolder } from './temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** $1: where they are shown; $2, $3: repository and Node; the rest: what is run. */
const SHOWN = `mount --bind "$2" "$1/repository" && : > "$1/node" && mount --bind "$3" "$1/node" && shift 3 && exec "$@"`;

/** Command line that runs `script`, a file of the repository, with Node; `before` stands before what takes the user. To be run by root. */
export function asUser(
  folder: TemporaryFolder,
  user: MachineUser | undefined,
  [script, ...args]: readonly [string, ...string[]],
  before: readonly string[] = [],
): string[] {
  mkdirSync(join(folder.path, 'repository'));
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SHOWN, 'shown'],
    ...[folder.path, REPOSITORY, process.execPath],
    ...before,
    ...(user?.become ?? []),
    ...[join(folder.path, 'node'), join(folder.path, 'repository', script), ...args],
  ];
}
