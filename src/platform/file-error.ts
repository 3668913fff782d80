/** What a failed file operation means for the user. */
import { dirname } from 'node:path';
import { ArpoEnvError } from '../errors.js';

/** E_DISK_FULL or E_NO_PERMISSION naming `path`, or `error` unchanged when it is neither. */
export function fileError(error: unknown, path: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ArpoEnvError(
      {
        code: 'E_DISK_FULL',
        message: `no space left to write ${path}`,
        hint: `free some space: df -h '${dirname(path)}'`,
      },
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new ArpoEnvError(
      {
        code: 'E_NO_PERMISSION',
        message: `this user may not write ${path}`,
        hint: `look at who may: ls -ld '${dirname(path)}'`,
      },
      { cause: error },
    );
  }
  return error;
}
