/** Why the folder in which this user's runs are recorded cannot be used, and what helps. */
import { existsSync } from 'node:fs';
import { ArpoEnvError } from '../errors.js';
import { errno } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';
import { singleQuoted } from '../shell-words.js';

/** What `error` means for `path`, below the state folder `root`; what has no meaning of its own is left as it is. */
export function stateError(error: unknown, path: string, root: string): unknown {
  const known = fileError(error, path);
  if (!(known instanceof ArpoEnvError) || known.code === 'E_DISK_FULL') return known;
  // The state folder is this user's own; where it is not, arpo-env ran under sudo once.
  const isAnothers = known.code === 'E_NO_PERMISSION' && errno(error) !== 'EROFS' && existsSync(root);
  const fix = isAnothers
    ? `did arpo-env run under sudo? take its folder back: sudo chown -R "$(id -u)" ${singleQuoted(root)}`
    : 'export ARPO_ENV_STATE_DIR="$(mktemp -d)"';
  return new ArpoEnvError({ ...known.toJSON(), fix }, { cause: error });
}
